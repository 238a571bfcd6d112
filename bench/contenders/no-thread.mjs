import { increment } from '../tasks/functions.mjs';

/**
 * No thread at all: a promise per task and the function called in place, which is where every pool's throughput ends.
 * @type {import('../contract.ts').Contender}
 */
export const contender = {
  name: 'no-thread',
  features: [],
  works: ['number'],
  refuses: () => undefined,
  settings: () => [{ label: 'a bare promise', options: {} }],
  async open() {
    /** @param {any} argument @returns {Promise<unknown>} */
    const call = (argument) => new Promise((resolve) => resolve(increment(argument)));
    return { ready: async () => {}, bind: () => call, close: async () => {} };
  },
};
