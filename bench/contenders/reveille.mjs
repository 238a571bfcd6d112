import { existsSync } from 'node:fs';

/** @param {string} runtime */
const adapter = (runtime) => new URL(`../../dist/adapters/${runtime}.js`, import.meta.url);

/** @type {import('../contract.ts').Contender} */
export const contender = {
  name: 'reveille',
  features: ['copy', 'transfer', 'abort', 'cooperative', 'sharedMemory', 'queueLimit'],
  refuses: ({ name }) => (existsSync(adapter(name)) ? undefined : 'not built: npm run build'),
  // As it comes: whatever tuning it needs, it does itself.
  settings: () => [{ label: 'default', options: {} }],
  async open({ threads, extras, runtime, queueLimit, setting }) {
    const { createPool } = await import(adapter(runtime).href);
    const pool = createPool(new URL(`../tasks/${extras ? 'reveille' : 'functions'}.mjs`, import.meta.url), {
      threads,
      ...(queueLimit === undefined ? {} : { queue: { limit: queueLimit, overflow: 'reject' } }),
      ...setting.options,
    });
    return {
      ready: () => pool.ready(),
      bind: (task) => pool.tasks[task],
      bindTransfer: () => (bytes) => pool.run('echoMoved', [bytes], { transfer: [bytes.buffer] }),
      bindLoop: (kind) =>
        kind === 'cooperative'
          ? (gate, signal) => pool.run('loopCooperative', [gate], { signal })
          : (gate, signal) => pool.run('loopIgnoring', [gate], { signal, killAfter: 0 }),
      close: () => pool.destroy(),
    };
  },
};
