/** The other side of over-sockets.mjs: a process that serves all contenders, and says where in one line of JSON. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import process from 'node:process';
import { WebSocketServer } from 'ws';
import { acceptWebSocket, expose, listen } from '../../dist/adapters/rpc.js';
import { importPeer } from '../peers.mjs';
import { api } from './api.mjs';
import { json } from './socket-peers.mjs';

const { createBirpc } = await importPeer('birpc');
const { newWebSocketRpcSession, RpcTarget } = await importPeer('capnweb');

class CapnwebApi extends RpcTarget {
  /** @param {number} a @param {number} b */
  add(a, b) {
    return a + b;
  }
}

/** @param {(socket: any) => void} onConnection */
async function serveWebSocket(onConnection) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', onConnection);
  await once(server, 'listening');
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}

const path = String(process.argv[2]);
const onConnection = (/** @type {any} */ connection) => expose(api, connection);
const tcp = await listen({ port: 0, onConnection });
await listen({ path, onConnection });
const bare = createServer((socket) => void socket.setNoDelay(true).pipe(socket)).listen(0, '127.0.0.1');
await once(bare, 'listening');
const places = {
  tcp: tcp.port,
  path,
  bare: /** @type {import('node:net').AddressInfo} */ (bare.address()).port,
  webSocket: await serveWebSocket(async (socket) => expose(api, await acceptWebSocket(socket))),
  birpc: await serveWebSocket((socket) => {
    const post = (/** @type {string} */ data) => socket.send(data);
    const on = (/** @type {(data: unknown) => void} */ take) => socket.on('message', take);
    createBirpc(api, { post, on, ...json });
  }),
  capnweb: await serveWebSocket((socket) => newWebSocketRpcSession(socket, new CapnwebApi())),
};
process.stdout.write(`${JSON.stringify(places)}\n`);
// Whoever started it holds this; its end is the end.
process.stdin.on('end', () => process.exit()).resume();
