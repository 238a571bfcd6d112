import { importPeer } from '../peers.mjs';

/** @param {boolean} useAtomics @param {number} concurrentTasksPerWorker */
const setting = (useAtomics, concurrentTasksPerWorker) => ({
  label: `atomics ${useAtomics ? 'on' : 'off'}, ${concurrentTasksPerWorker} per worker`,
  options: { useAtomics, concurrentTasksPerWorker },
});

/** @type {import('../contract.ts').Contender} */
export const contender = {
  name: 'tinypool',
  features: ['copy', 'transfer', 'abort', 'sharedMemory', 'queueLimit'],
  refuses: ({ name }) => (name === 'deno' ? 'its threads never answer on Deno' : undefined),
  settings(favour) {
    if (favour === 'plain') return [setting(true, 1)];
    if (favour === 'latency') return [setting(true, 1), setting(false, 1)];
    return [setting(true, 64), setting(false, 64)];
  },
  async open({ threads, extras, setting: { options }, queueLimit }) {
    const { Tinypool } = await importPeer('tinypool');
    const pool = new Tinypool({
      filename: new URL(`../tasks/${extras ? 'tinypool' : 'functions'}.mjs`, import.meta.url).href,
      minThreads: threads,
      maxThreads: threads,
      ...(queueLimit === undefined ? {} : { maxQueue: queueLimit }),
      ...options,
    });
    const increment = { name: 'increment' };
    return {
      ready: () => pool.run(1, increment),
      bind(task) {
        const named = { name: task };
        return (argument) => pool.run(argument, named);
      },
      bindTransfer: () => (bytes) => pool.run(bytes, { name: 'echoMoved', transferList: [bytes.buffer] }),
      bindLoop: () => (gate, signal) => pool.run(gate, { name: 'loopIgnoring', signal }),
      close: () => pool.destroy(),
    };
  },
};
