import { importPeer } from '../peers.mjs';

/** @param {'sync' | 'async' | 'disabled'} atomics @param {number} concurrentTasksPerWorker */
const setting = (atomics, concurrentTasksPerWorker) => ({
  label: `atomics ${atomics}, ${concurrentTasksPerWorker} per worker`,
  options: { atomics, concurrentTasksPerWorker },
});

/** @type {import('../contract.ts').Contender} */
export const contender = {
  name: 'piscina',
  features: ['copy', 'transfer', 'abort', 'sharedMemory', 'queueLimit'],
  refuses: () => undefined,
  settings(favour) {
    if (favour === 'plain') return [setting('sync', 1)];
    if (favour === 'latency') return [setting('sync', 1), setting('async', 1), setting('disabled', 1)];
    return [
      setting('sync', 64),
      setting('async', 64),
      setting('disabled', 64),
      setting('sync', 256),
      setting('disabled', 256),
    ];
  },
  async open({ threads, extras, setting: { options }, queueLimit, runtime }) {
    const { Piscina } = await importPeer('piscina');
    const pool = new Piscina({
      filename: new URL(`../tasks/${extras ? 'piscina' : 'functions'}.mjs`, import.meta.url).href,
      minThreads: threads,
      maxThreads: threads,
      // Its clock readings per task are a cost it lets one switch off; on Deno they fail.
      recordTiming: false,
      trackUnmanagedFds: runtime === 'node',
      ...(queueLimit === undefined ? {} : { maxQueue: queueLimit }),
      ...options,
    });
    pool.on('error', () => {});
    const increment = { name: 'increment' };
    const echoMoved = 'echoMoved';
    return {
      ready: () => pool.run(1, increment),
      bind(task) {
        const named = { name: task };
        return (argument) => pool.run(argument, named);
      },
      bindTransfer: () => (bytes) => pool.run(bytes, { name: echoMoved, transferList: [bytes.buffer] }),
      bindLoop: () => (gate, signal) => pool.run(gate, { name: 'loopIgnoring', signal }),
      close: () => pool.destroy(),
    };
  },
};
