/** Others over a WebSocket, and the least that two sockets can do. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket as WsWebSocket } from 'ws';
import { importPeer } from '../peers.mjs';

const { createBirpc } = await importPeer('birpc');
const { newWebSocketRpcSession } = await importPeer('capnweb');

// Node 20 has none of its own, and capnweb asks for it by that name.
/** @type {any} */ (globalThis).WebSocket ??= WsWebSocket;

/** As birpc's own page has it for WebSockets. */
export const json = {
  serialize: (/** @type {unknown} */ value) => JSON.stringify(value),
  deserialize: (/** @type {unknown} */ text) => JSON.parse(String(text)),
};

/** The runtime's own WebSocket, where it has one. @param {number} port @returns {any} */
export function webSocketTo(port) {
  return new WebSocket(`ws://127.0.0.1:${port}`);
}

/** @param {number} port */
async function openWebSocket(port) {
  const socket = webSocketTo(port);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  return socket;
}

/** @param {number} port @returns {Promise<import('./api.mjs').Caller>} */
export async function openBirpc(port) {
  const socket = await openWebSocket(port);
  /** @type {any} */
  const remote = createBirpc(
    {},
    {
      post: (/** @type {string} */ data) => socket.send(data),
      on: (/** @type {(data: unknown) => void} */ take) =>
        socket.addEventListener('message', (/** @type {{ data: unknown }} */ { data }) => take(data)),
      ...json,
    },
  );
  return { name: 'birpc, WebSocket', add: (a, b) => remote.add(a, b) };
}

/** @param {number} port @returns {Promise<import('./api.mjs').Caller>} */
export async function openCapnweb(port) {
  /** @type {any} */
  const remote = newWebSocketRpcSession(await openWebSocket(port));
  return { name: 'capnweb, WebSocket', add: (a, b) => remote.add(a, b) };
}

const PING_BYTES = 16;

/** 16 bytes there and back, a write each; they come back in order. @param {number} port */
export async function openBare(port) {
  const socket = connect({ port, host: '127.0.0.1' }).setNoDelay(true);
  await once(socket, 'connect');
  /** @type {((value: number) => void)[]} */
  const waiting = [];
  let first = 0;
  let bytes = 0;
  socket.on('data', (chunk) => {
    for (bytes += chunk.byteLength; bytes >= PING_BYTES; bytes -= PING_BYTES) waiting[first++]?.(0);
    if (first < waiting.length) return;
    waiting.length = 0;
    first = 0;
  });
  const ping = new Uint8Array(PING_BYTES);
  /** @type {import('./api.mjs').Caller} */
  const caller = {
    name: 'bare node:net, 16 bytes',
    add: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        socket.write(ping);
      }),
  };
  return caller;
}
