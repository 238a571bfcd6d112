/** What runs inside a pool's thread on Bun. */
import { installBun } from '../adapters/bun-runtime.ts';
import { runThread } from '../src/scheduler/thread/run-thread.ts';

installBun();
runThread();
