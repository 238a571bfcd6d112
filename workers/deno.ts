/** What runs inside a pool's thread on Deno. */
import { installDeno } from '../adapters/deno-runtime.ts';
import { runThread } from '../src/scheduler/thread/run-thread.ts';

installDeno();
runThread();
