// A program with a pool: what it does is its argument.
import { createPool } from 'reveille';
import { gateWords, arrived, open } from '../_gates.mjs';

const gates = gateWords();
/** @typedef {import('reveille').Pool<typeof import('../_tasks.mjs')>} TestPool */
/** @param {object} [options] */
function makePool(options) {
  const pool = createPool(new URL('../_tasks.mjs', import.meta.url), { threads: 1, workerData: { gates }, ...options });
  return /** @type {TestPool} */ (/** @type {unknown} */ (pool));
}
const code = (/** @type {{ code: string }} */ error) => error.code;

/** @type {Record<string, () => unknown>} */
const programs = {
  async idle() {
    const pool = makePool({ threads: 2 });
    console.log('done', await pool.run('add', [1, 2]));
  },
  unused() {
    makePool({ threads: 2 });
    console.log('made');
  },
  async pending() {
    const pool = makePool();
    await pool.ready();
    void pool.run('add', [1, 2]).then((value) => console.log('answered', value));
    console.log('waiting');
  },
  burst() {
    const pool = makePool({ threads: 2 });
    let sum = 0;
    let left = 100;
    for (let i = 0; i < 100; i++) {
      void pool.run('echo', [i]).then((value) => {
        sum += /** @type {number} */ (value);
        if (--left === 0) console.log('sum', sum);
      });
    }
  },
  async asynchronous() {
    const pool = makePool();
    void pool.run('holdAsync', [0]).then((value) => console.log('answered', value));
    await pool.ready();
    setTimeout(() => {
      console.log('released');
      open(gates, 0);
    }, 50).unref();
  },
  ready() {
    void makePool({ threads: 2 })
      .ready()
      .then(() => console.log('ready'));
  },
  'not-ready'() {
    const pool = createPool(new URL('../modules/throws.mjs', import.meta.url), { threads: 2 });
    void pool.ready().catch((error) => console.log(code(error)));
  },
  async close() {
    const pool = makePool();
    await pool.run('add', [1, 2]);
    void pool.close().then(({ clean }) => console.log('closed', clean));
  },
  timeout() {
    void makePool()
      .run('awaitSignal', [0], { timeout: 50 })
      .catch((error) => console.log(code(error)));
  },
  async abandoned() {
    const pool = makePool();
    await pool.ready();
    const controller = new AbortController();
    void pool.run('hold', [0], { signal: controller.signal }).catch(({ name }) => console.log(name));
    await arrived(gates, 0);
    // The task holds on until the process has nothing else to do.
    process.on('beforeExit', () => open(gates, 0));
    controller.abort();
  },
  crash() {
    const pool = makePool();
    const crash = pool.run('exit', [1]).catch(code);
    const queued = pool.run('add', [1, 2]);
    void Promise.all([crash, queued]).then(([first, second]) => console.log(first, second));
  },
  unhandled() {
    void makePool().run('refuse', []);
  },
  async signal() {
    const pool = makePool();
    const { signal } = new AbortController();
    console.log('done', await pool.run('add', [1, 2], { signal, timeout: 60_000 }));
  },
  async print() {
    const pool = makePool();
    await pool.run('print', ['from the thread']);
    // Threads print by way of this one; what a process that ends has not yet printed is lost, as without a pool.
    await pool.close();
  },
  async ignore() {
    const pool = makePool({ stdio: 'ignore' });
    await pool.run('print', ['from the thread']);
    await pool.close();
    console.log('done');
  },
};

await programs[/** @type {string} */ (process.argv[2])]?.();
