import process from 'node:process';
import { collectGarbage } from '../garbage.mjs';

const allDoneBefore = Promise.resolve();

/**
 * What a task that waits its turn costs, with a million of them behind one that keeps the only thread.
 * @type {import('../contract.ts').Work}
 */
export const memory = {
  name: 'memory',
  title: 'memory per queued task, a million queued',
  favour: 'plain',
  needs: ['sharedMemory'],
  collects: true,
  maxRounds: 3,
  limitMs: 60_000,
  metrics: [
    { key: 'bytes', title: 'heap and buffers', unit: 'bytes', better: 'lower' },
    { key: 'resident', title: 'resident', unit: 'bytes', better: 'lower' },
  ],
  async measure(bench) {
    const count = bench.quick ? 100_000 : 1_000_000;
    const session = await bench.open({ threads: 1 });
    const { gate, held } = await holdThread(session);
    const increment = session.bind('increment');
    // The caller's own array is there before; what is counted is the pool's memory and a promise.
    /** @type {Promise<unknown>[]} */
    const promises = new Array(count).fill(allDoneBefore);
    const before = memoryInUse();
    for (let i = 0; i < count; i++) promises[i] = increment(41);
    const after = memoryInUse();
    release(gate);
    await held;
    const wrong = (await Promise.all(promises)).filter((result) => result !== 42).length;
    if (wrong !== 0) throw new Error(`${wrong} of ${count} results are wrong`);
    await session.close();
    return { bytes: (after.used - before.used) / count, resident: (after.resident - before.resident) / count };
  },
};

/**
 * Whether a bound on the queue holds: how many more calls than it allows were taken.
 * @type {import('../contract.ts').Work}
 */
export const memoryBounded = {
  name: 'memory-bounded',
  title: 'a queue bounded at 1,000, offered 100,000',
  favour: 'plain',
  needs: ['sharedMemory', 'queueLimit'],
  collects: true,
  maxRounds: 1,
  metrics: [
    { key: 'taken', title: 'taken', unit: 'count', better: 'lower' },
    { key: 'bytes', title: 'held per task offered', unit: 'bytes', better: 'lower' },
  ],
  async measure(bench) {
    const offered = 100_000;
    const session = await bench.open({ threads: 1, queueLimit: 1000 });
    const { gate, held } = await holdThread(session);
    const increment = session.bind('increment');
    const before = memoryInUse();
    let taken = 0;
    let refused = 0;
    const settled = new Promise((resolve) => {
      const count = () => void (taken + refused === offered && resolve(undefined));
      const onTaken = () => {
        taken += 1;
        count();
      };
      const onRefused = () => {
        refused += 1;
        count();
      };
      for (let i = 0; i < offered; i++) offer(increment).then(onTaken, onRefused);
    });
    // Let the refusals be told before memory is looked at.
    await new Promise((resolve) => void setImmediate(resolve));
    const after = memoryInUse();
    release(gate);
    await held;
    await settled;
    await session.close();
    return { taken, bytes: (after.used - before.used) / offered };
  },
};

/** A refusal may be thrown rather than a rejection. @param {import('../contract.ts').Call} call */
function offer(call) {
  try {
    return call(41);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** @param {import('../contract.ts').Session} session */
async function holdThread(session) {
  await session.ready();
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const held = session.bind('hold')(gate);
  await Atomics.waitAsync(gate, 0, 0).value;
  return { gate, held };
}

/** @param {Int32Array} gate */
function release(gate) {
  Atomics.store(gate, 1, 1);
  Atomics.notify(gate, 1);
}

function memoryInUse() {
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  // `external` counts array buffers too.
  return { used: heapUsed + external, resident: rss };
}
