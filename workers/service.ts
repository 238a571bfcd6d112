/** What a service starts on that has a thread or a process of its own, on every runtime: see `RpcService`. */
import { installBun } from '../adapters/bun-runtime.ts';
import { installDeno } from '../adapters/deno-runtime.ts';
import { installNode, nodeRuntime } from '../adapters/node-runtime.ts';
import { runtime } from '../src/runtime.ts';
import { serveFromProcess } from '../src/rpc/service/service-process.ts';
import { serveFromThread } from '../src/rpc/service/service-thread.ts';
import './primitives.ts';

if ('Deno' in globalThis) installDeno();
else if ('Bun' in globalThis) installBun();
else installNode();

if (nodeRuntime.host === undefined) await serveFromProcess();
else serveFromThread(runtime().host ?? nodeRuntime.host);
