/**
 * What a pool's thread starts on, on every runtime. The build makes this and all that it needs into one file: to find,
 * read and link another takes a thread as long as to run its code. What is of no use before the task module is loaded
 * comes later, with `serving.ts`.
 */
import { installBun } from '../adapters/bun-runtime.ts';
import { installDeno } from '../adapters/deno-runtime.ts';
import { installNode, nodeRuntime } from '../adapters/node-runtime.ts';
import { runtime } from '../src/runtime.ts';
import { runThread } from '../src/scheduler/thread/run-thread.ts';

// Whatever else loads this file shares it with the thread, and starts nothing.
if (nodeRuntime.host?.entry === 'thread') {
  if ('Deno' in globalThis) installDeno();
  else if ('Bun' in globalThis) installBun();
  else installNode();
  runThread(async () => {
    const serving = await import('./serving.ts');
    serving.tuneCodec(runtime().name);
    return serving;
  });
}
