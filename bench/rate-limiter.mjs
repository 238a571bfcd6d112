/**
 * What a wait for a permit costs that is there: Reveille's RateLimiter beside its peers.
 *
 *     npm run build && node bench/rate-limiter.mjs [--runtime node,deno,bun] [--rounds 7]
 *
 * Each contender runs in a process of its own, in turns (A B C, A B C, ...); the table has the median of the rounds.
 * Two ways of asking: one by one (`await` before the next) and 1,000 at once (`Promise.all`). The limits are so wide
 * that nobody ever has to wait. `await` is a promise that is resolved already: where all end that return one; and
 * `await, clock` reads the clock once before, as each must that is exact.
 */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { loadAverage } from './machine/describe.mjs';
import { findRuntimes } from './runtimes.mjs';
import { median } from './statistics.mjs';

const PLENTY = 1e9;
const AT_ONCE = 1_000;
const WARM_UP_MS = 300;
const MEASURED_MS = 500;

/** Makes what acquires one permit. `false`: it has no call that waits. @type {Record<string, Contender>} */
const contenders = {
  reveille: {
    open: async () => {
      const folder = 'Deno' in globalThis ? 'deno' : 'Bun' in globalThis ? 'bun' : 'node';
      const { RateLimiter } = await import(`../dist/adapters/${folder}.js`);
      const limiter = new RateLimiter({ rate: PLENTY, burst: PLENTY });
      return () => limiter.acquire();
    },
  },
  'p-throttle': {
    open: async () => {
      const { default: pThrottle } = await import('p-throttle');
      return pThrottle({ limit: PLENTY, interval: 1_000 })(async () => {});
    },
  },
  limiter: {
    open: async () => {
      const { RateLimiter } = await import('limiter');
      const limiter = new RateLimiter({ tokensPerInterval: PLENTY, interval: 1_000 });
      return () => limiter.removeTokens(1);
    },
  },
  'rate-limiter-flexible (queue)': {
    open: async () => {
      const { RateLimiterMemory, RateLimiterQueue } = await import('rate-limiter-flexible');
      const queue = new RateLimiterQueue(new RateLimiterMemory({ points: PLENTY, duration: 1 }), {
        maxQueueSize: PLENTY,
      });
      return () => queue.removeTokens(1);
    },
  },
  'rate-limiter-flexible (does not wait)': {
    open: async () => {
      const { RateLimiterMemory } = await import('rate-limiter-flexible');
      const limiter = new RateLimiterMemory({ points: PLENTY, duration: 1 });
      return () => limiter.consume('key');
    },
  },
  bottleneck: {
    open: async () => {
      const { default: Bottleneck } = await import('bottleneck');
      const limiter = new Bottleneck();
      const nothing = async () => {};
      return () => limiter.schedule(nothing);
    },
  },
  await: {
    open: async () => {
      const done = Promise.resolve();
      return () => done;
    },
  },
  'await, clock': {
    open: async () => {
      const done = Promise.resolve();
      return () => (performance.now() < 0 ? Promise.reject(new Error('Before time')) : done);
    },
  },
};

/** @typedef {{ open: () => Promise<() => PromiseLike<unknown>> }} Contender */
/** @typedef {{ serial: number, atOnce: number }} Costs nanoseconds */

/** @param {() => PromiseLike<unknown>} acquire @returns {Promise<Costs>} */
async function measure(acquire) {
  const serial = async () => {
    for (let i = 0; i < AT_ONCE; i++) await acquire();
  };
  const atOnce = async () => {
    const all = [];
    for (let i = 0; i < AT_ONCE; i++) all.push(acquire());
    await Promise.all(all);
  };
  await nanoseconds(serial, WARM_UP_MS);
  const serialCost = await nanoseconds(serial, MEASURED_MS);
  await nanoseconds(atOnce, WARM_UP_MS);
  return { serial: serialCost, atOnce: await nanoseconds(atOnce, MEASURED_MS) };
}

/**
 * Processor time, not that of the clock on the wall: others may be at work.
 * @param {() => Promise<void>} thousand @param {number} ms
 */
async function nanoseconds(thousand, ms) {
  const before = process.cpuUsage();
  const until = performance.now() + ms;
  let done = 0;
  do {
    await thousand();
    done += AT_ONCE;
  } while (performance.now() < until);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / done;
}

/** @param {string[]} args @param {string} name @param {string} otherwise */
function option(args, name, otherwise) {
  const at = args.indexOf(name);
  return at < 0 ? otherwise : (args[at + 1] ?? otherwise);
}

/** @param {string[]} args */
function compare(args) {
  const rounds = Number(option(args, '--rounds', '7'));
  const script = fileURLToPath(import.meta.url);
  console.log(`${cpus()[0]?.model}, load ${loadAverage().join(', ')}`);
  for (const runtime of findRuntimes(option(args, '--runtime', 'node,deno,bun').split(','))) {
    /** @type {Map<string, Costs[]>} */
    const costs = new Map(Object.keys(contenders).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, list] of costs) {
        const { stdout } = spawnSync(runtime.command, [...runtime.args, script, '--contender', name], {
          encoding: 'utf8',
        });
        list.push(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
      }
    }
    report(runtime.title, costs);
  }
}

/** @param {string} title @param {Map<string, Costs[]>} costs */
function report(title, costs) {
  const own = costs.get('reveille') ?? [];
  console.log(`\n${title}: ns of processor time for one permit that is there (how many times Reveille's)\n`);
  for (const [name, list] of costs) {
    const cells = /** @type {const} */ (['serial', 'atOnce']).map((way) => {
      const cost = median(list.map((each) => each[way]));
      const times = cost / median(own.map((each) => each[way]));
      return `${cost.toFixed(0).padStart(9)} (${times.toFixed(1).padStart(6)} x)`;
    });
    console.log(`  ${name.padEnd(38)} one by one ${cells[0]}   1,000 at once ${cells[1]}`);
  }
}

const chosen = option(process.argv, '--contender', '');
if (chosen === '') compare(process.argv);
else {
  const { open } = /** @type {Contender} */ (contenders[chosen]);
  console.log(JSON.stringify(await measure(await open())));
  process.exit();
}
