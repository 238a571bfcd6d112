/** What runs inside a pool's thread on Node. */
import { installNode } from '../adapters/node-runtime.ts';
import { runThread } from '../src/scheduler/thread/run-thread.ts';

installNode();
runThread();
