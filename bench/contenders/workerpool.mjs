import { fileURLToPath } from 'node:url';
import { importPeer } from '../peers.mjs';

/** @type {import('../contract.ts').Contender} */
export const contender = {
  name: 'workerpool',
  // It can cancel, but ends a task that computes only after a grace of a second, and throws where it is told to.
  features: ['copy', 'transfer', 'sharedMemory', 'queueLimit'],
  refuses: ({ name }) => (name === 'bun' ? 'its worker threads never answer on Bun' : undefined),
  settings: () => [{ label: 'threads', options: {} }],
  async open({ threads, queueLimit }) {
    const { default: workerpool } = await importPeer('workerpool');
    const pool = workerpool.pool(fileURLToPath(new URL('../tasks/workerpool.mjs', import.meta.url)), {
      workerType: 'thread',
      minWorkers: threads,
      maxWorkers: threads,
      ...(queueLimit === undefined ? {} : { maxQueueSize: queueLimit }),
    });
    return {
      ready: () => pool.exec('increment', [1]),
      bind: (task) => (argument) => pool.exec(task, [argument]),
      bindTransfer: () => (bytes) => pool.exec('echoMoved', [bytes], { transfer: [bytes.buffer] }),
      close: () => pool.terminate(true),
    };
  },
};
