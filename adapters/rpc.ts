/** `reveille/rpc` on whichever runtime runs it: installs its Runtime, as `reveille` does, and offers the rest. */
import { runtime } from '../src/runtime.ts';
import { installBun } from './bun-runtime.ts';
import { tuneCodec } from './codec-tuning.ts';
import { installDeno } from './deno-runtime.ts';
import { installNode } from './node-runtime.ts';

if ('Deno' in globalThis) installDeno();
else if ('Bun' in globalThis) installBun();
else installNode();
// For what goes over shared memory.
tuneCodec(runtime().name);

export * from '../src/rpc.ts';
