/** What a service starts on that has a thread or a process of its own, on every runtime: see `RpcService`. */
import { installBun } from '../adapters/bun-runtime.ts';
import { tuneCodec } from '../adapters/codec-tuning.ts';
import { installDeno } from '../adapters/deno-runtime.ts';
import { installNode } from '../adapters/node-runtime.ts';
import { runtime } from '../src/runtime.ts';

if ('Deno' in globalThis) installDeno();
else if ('Bun' in globalThis) installBun();
else installNode();

// Each loads what it needs: a thread that listens nowhere has no use for sockets and what is said over them.
const { host } = runtime();
if (host === undefined) {
  await (await import('../src/rpc/service/service-process.ts')).serveFromProcess();
} else if (host.entry === 'service') {
  // For what goes over shared memory.
  tuneCodec(runtime().name);
  (await import('../src/rpc/service/service-thread.ts')).serveFromThread(host);
}
