/** What runs inside a pool's thread on Deno. */
import { denoRuntime } from '../adapters/deno-runtime.ts';
import { installRuntime } from '../src/runtime.ts';
import { runThread } from '../src/scheduler/thread/run-thread.ts';

installRuntime(denoRuntime);
runThread();
