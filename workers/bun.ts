/** What runs inside a pool's thread on Bun. */
import { bunRuntime } from '../adapters/bun-runtime.ts';
import { installRuntime } from '../src/runtime.ts';
import { runThread } from '../src/scheduler/thread/run-thread.ts';

installRuntime(bunRuntime);
runThread();
