/** A client in another process: it has the address of the service, and its secret. */
import process from 'node:process';
import { connect, ReconnectingClient } from 'reveille/rpc';
import { trade } from './client.mjs';

let isOver = false;
process.once('message', () => (isOver = true));
const address = JSON.parse(process.env['PRICES'] ?? '{}');
const client = new ReconnectingClient({
  connect: (signal) => connect({ ...address, signal }),
  idempotent: ['quote'],
  baseDelay: 10,
  maxDelay: 100,
});
const result = await trade(client, {
  name: 'process',
  onProgress: (ticks, pid) => process.send?.({ ticks, pid }),
  isOver: () => isOver,
});
await client[Symbol.asyncDispose]();
process.send?.({ result }, () => process.disconnect());
