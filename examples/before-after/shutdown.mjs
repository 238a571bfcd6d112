// The end of a program: its server still has three orders to store, its database must be open until then, and a third
// part never stops.
//
//   before   shutdown(); sleep(500): all at once, and then hope; what was lost, and what still runs, nobody knows
//   after    Lifecycle: in reverse order of need, each with a bound, and a report that names what hung
import { setTimeout as sleep } from 'node:timers/promises';
import { Lifecycle } from 'reveille';

function makeParts() {
  /** @type {string[]} */
  const stored = [];
  let isOpen = false;
  const database = {
    start: async () => void (isOpen = true),
    stop: async () => void (isOpen = false),
    /** @param {string} order */
    async store(order) {
      if (isOpen) stored.push(order);
    },
  };
  const server = {
    start: async () => {},
    async stop() {
      for (const order of ['first', 'second', 'third']) await database.store(order);
    },
  };
  const metrics = { start: async () => {}, stop: () => new Promise(() => {}) };
  return { stored, parts: { database, server, metrics } };
}

/** @param {number} [pause] @returns {Promise<{ stored: string[] }>} */
export async function before(pause = 500) {
  const { stored, parts } = makeParts();
  for (const part of Object.values(parts)) await part.start();
  for (const part of Object.values(parts)) void part.stop();
  await sleep(pause);
  return { stored };
}

/** @param {number} [timeout] @returns {Promise<{ stored: string[], hung: string[] }>} */
export async function after(timeout = 100) {
  const { stored, parts } = makeParts();
  const app = new Lifecycle()
    .add('database', parts.database)
    .add('server', parts.server, { after: ['database'] })
    .add('metrics', parts.metrics);
  await app.start();
  const { resources } = await app.stop({ timeout });
  return { stored, hung: resources.filter(({ outcome }) => outcome === 'hung').map(({ name }) => name) };
}
