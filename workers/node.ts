/** What runs inside a pool's thread on Node. */
import { nodeRuntime } from '../adapters/node-runtime.ts';
import { installRuntime } from '../src/runtime.ts';
import { runThread } from '../src/scheduler/thread/run-thread.ts';

installRuntime(nodeRuntime);
runThread();
