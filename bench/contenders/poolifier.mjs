import { fileURLToPath } from 'node:url';
import { importPeer } from '../peers.mjs';

/** Poolifier on Node, poolifier-web-worker on Deno and Bun. @type {import('../contract.ts').Contender} */
export const contender = {
  name: 'poolifier',
  // Its results never come back by transfer.
  features: ['copy', 'sharedMemory'],
  refuses: () => undefined,
  settings(favour) {
    const direct = { label: 'no queue', options: { enableTasksQueue: false } };
    const queued = {
      label: 'task queue, 64 per worker',
      options: { enableTasksQueue: true, tasksQueueOptions: { concurrency: 64 } },
    };
    return favour === 'throughput' ? [direct, queued] : [direct];
  },
  async open({ threads, setting: { options }, runtime }) {
    const onNode = runtime === 'node';
    const { FixedThreadPool } = await importPeer(onNode ? 'poolifier' : 'poolifier-web-worker');
    const file = new URL(`../tasks/${onNode ? 'poolifier' : 'poolifier-web-worker'}.mjs`, import.meta.url);
    const pool = new FixedThreadPool(threads, onNode ? fileURLToPath(file) : file, { enableEvents: false, ...options });
    return {
      ready: () => pool.execute(1, 'increment'),
      bind: (task) => (argument) => pool.execute(argument, task),
      close: () => pool.destroy(),
    };
  },
};
