/** `reveille/rpc` on whichever runtime runs it: installs its Runtime, as `reveille` does, and offers the rest. */
import { installBun } from './bun-runtime.ts';
import { installDeno } from './deno-runtime.ts';
import { installNode } from './node-runtime.ts';

if ('Deno' in globalThis) installDeno();
else if ('Bun' in globalThis) installBun();
else installNode();

export * from '../src/rpc.ts';
