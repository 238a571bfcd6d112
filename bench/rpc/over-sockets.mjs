/** Calls of another process over sockets: `reveille/rpc`, birpc and capnweb, and what bare sockets can do. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { connect, connectWebSocket, wrap } from '../../dist/adapters/rpc.js';
import { openBare, openBirpc, openCapnweb, webSocketTo } from './socket-peers.mjs';

const server = fileURLToPath(new URL('socket-server.mjs', import.meta.url));

/** @returns {Promise<import('./api.mjs').Opened>} */
export async function openSockets() {
  const path = join(tmpdir(), `reveille-bench-${process.pid}.sock`);
  const args = 'Deno' in globalThis ? ['run', '--allow-all', '--quiet', '--no-lock'] : [];
  const child = spawn(process.execPath, [...args, server, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const places = JSON.parse(String(line));
  const callers = [
    await openBirpc(places.birpc),
    await openCapnweb(places.capnweb),
    // While it is being opened: the first message must find somebody who listens.
    ours('reveille/rpc, WebSocket', await connectWebSocket(webSocketTo(places.webSocket))),
    ours('reveille/rpc, TCP', await connect({ port: places.tcp })),
    ours('reveille/rpc, Unix socket', await connect({ path })),
    await openBare(places.bare),
  ];
  return {
    callers,
    close: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

/** @param {string} name @param {any} connection @returns {import('./api.mjs').Caller} */
function ours(name, connection) {
  const { add } = /** @type {any} */ (wrap(connection));
  return { name, add };
}
