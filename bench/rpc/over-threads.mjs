/** Calls of another thread: plain Comlink over a MessagePort, and `reveille/rpc` over a port and over shared memory. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import * as comlink from 'comlink';
import { channelEnds, expose, wrap } from '../../dist/adapters/rpc.js';
import { api } from './api.mjs';

if (!isMainThread) {
  const { plain, port, memory } = workerData;
  comlink.expose(api, plain);
  expose(api, port);
  expose(api, memory);
  parentPort?.postMessage('ready');
}

/** @returns {Promise<import('./api.mjs').Opened>} */
export async function openThread() {
  const [plain, port] = [new MessageChannel(), new MessageChannel()];
  const [near, far] = channelEnds();
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { plain: plain.port2, port: port.port2, memory: far },
    transferList: /** @type {any} */ ([plain.port2, port.port2, far.port]),
  });
  await new Promise((resolve) => worker.once('message', resolve));
  const remotes = {
    'Comlink, MessagePort': comlink.wrap(plain.port1),
    'reveille/rpc, MessagePort': wrap(port.port1),
    'reveille/rpc, shared memory': wrap(near),
  };
  const callers = Object.entries(remotes).map(([name, remote]) => {
    const { add } = /** @type {any} */ (remote);
    return { name, add };
  });
  return { callers, close: () => worker.terminate() };
}
