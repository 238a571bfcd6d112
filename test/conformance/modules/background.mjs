// A module with a life of its own: timers, a server, a Comlink endpoint.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { workerData } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { task } from 'reveille/task';
import { arrive } from '../_gates.mjs';

/** @type {ReturnType<typeof setTimeout> | undefined} */
let ticking;
/** @param {number} gate */
export function startTicking(gate) {
  const tick = () => {
    arrive(workerData.gates, gate);
    ticking = setTimeout(() => tick(), 1);
  };
  tick();
}
export function stopTicking() {
  clearTimeout(ticking);
}

const server = createServer((socket) => {
  socket.on('data', (data) => socket.write(String(data).toUpperCase()));
  socket.on('error', () => {});
});
export async function listen() {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}
export function stopListening() {
  server.close();
}

/** @param {string} word */
export async function talkToOneself(word) {
  const socket = connect(await listen(), '127.0.0.1');
  socket.write(word);
  const [answer] = await once(socket, 'data');
  socket.destroy();
  server.close();
  return String(answer);
}

export async function failInBackground() {
  await once(createServer().listen(0, '127.0.0.1').unref(), 'listening');
  throw new Error('From a socket');
}

/** @param {import('node:worker_threads').MessagePort} port */
export function exposeOn(port) {
  expose(
    {
      add: (/** @type {number} */ a, /** @type {number} */ b) => a + b,
      shout: (/** @type {string} */ text) => text.toUpperCase(),
    },
    nodeEndpoint(port),
  );
}

/** @param {number} value */
export const twice = (value) => value * 2;

let outside = '';
try {
  outside = String(task.cancelled);
} catch (error) {
  outside = String(error);
}
export const taskOutside = () => outside;
