/** A client in another thread: it has a door to the service, and the thread that keeps that lets it in. */
import { parentPort, workerData } from 'node:worker_threads';
import { connectService } from 'reveille/rpc';
import { trade } from './client.mjs';

let isOver = false;
parentPort?.once('message', () => (isOver = true));
const client = connectService(workerData.door, { idempotent: ['quote'] });
const result = await trade(client, {
  name: 'thread',
  onProgress: (ticks, pid) => parentPort?.postMessage({ ticks, pid }),
  isOver: () => isOver,
});
await client[Symbol.asyncDispose]();
parentPort?.postMessage({ result });
