/** Tasks are cancelled before, at and after the moment a thread claims them; nothing is lost, nothing comes twice. */
import { describe, expect, test } from 'vitest';
import { closeClean, type Expected, faultPool, type FaultPool, Ledger, onceRunning, runTask } from './_ledger.ts';
import { PATIENCE, scaled } from '../support/scale.ts';
import { type Random, seeded } from './_random.ts';
import { residue } from './_residue.ts';

const TASKS = scaled(20_000, 500);
/** What a pool is to have in flight at once after every storm. */
const IN_FLIGHT = 1_000;
const GATE = 10;

class Storm extends Error {
  override name = 'Storm';
}

/** Callers that will give up, and when: whenever some other task is settled. */
class Callers {
  readonly #waiting: AbortController[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  add(): AbortController {
    const caller = new AbortController();
    this.#waiting.push(caller);
    return caller;
  }

  /** One of those that wait gives up. */
  giveUpOne(): void {
    const index = this.#random.below(this.#waiting.length);
    const caller = this.#waiting[index];
    const last = this.#waiting.pop();
    if (caller === undefined || last === undefined) return;
    if (caller !== last) this.#waiting[index] = last;
    caller.abort(new Storm());
  }

  giveUpAll(): void {
    for (const caller of this.#waiting.splice(0)) caller.abort(new Storm());
  }
}

const eitherWay = (value: number): Expected => ({ value, errors: ['Storm'], mayCrash: false });

/** Submits a task whose caller may give up at any time. */
function submit(
  pool: FaultPool,
  ledger: Ledger,
  random: Random,
  callers: Callers,
  running: (id: number) => Promise<void>,
): void {
  const id = ledger.submitted;
  const draw = random.next();
  const run = (name: string, expected: Expected, options: Parameters<typeof runTask>[3] = {}): void => {
    void ledger
      .enter(name, expected, () => runTask(pool, name, [id], options))
      .then(() => {
        if (random.chance(0.6)) callers.giveUpOne();
      });
  };
  if (draw < 0.35) return run('double', { value: id * 2, mayCrash: false });
  if (draw < 0.4) {
    ledger.refused++;
    return run('double', { errors: ['Storm'], mayCrash: false }, { signal: AbortSignal.abort(new Storm()) });
  }
  if (draw < 0.55) {
    const caller = new AbortController();
    run('double', eitherWay(id * 2), { signal: caller.signal });
    // At once, or in a moment: still queued, just claimed, or over.
    if (random.chance(0.3)) caller.abort(new Storm());
    else queueMicrotask(() => caller.abort(new Storm()));
    return;
  }
  if (draw < 0.75) return run('double', eitherWay(id * 2), { signal: callers.add().signal });
  if (draw < 0.9) {
    return run('double', { value: id * 2, errors: ['TimeoutError'], mayCrash: false }, { timeout: random.below(8) });
  }
  if (draw < 0.93) return run('later', { ...eitherWay(id * 3) }, { signal: callers.add().signal, timeout: 60_000 });
  const name = random.pick(['spinUntilCancelled', 'awaitCancellation']);
  if (draw < 0.96) return run(name, { errors: ['TimeoutError'], mayCrash: false }, { timeout: 1 + random.below(3) });
  const caller = new AbortController();
  run(name, { errors: ['Storm'], mayCrash: false }, { signal: caller.signal });
  void running(id).then(() => caller.abort(new Storm()));
}

/** The pool has as many tasks in flight at once as ever. */
async function runManyAtOnce(pool: FaultPool, ledger: Ledger, round: number): Promise<void> {
  const gate = GATE + 2 * round;
  const together: Array<Promise<unknown>> = [];
  for (let i = 0; i < IN_FLIGHT; i++) {
    const value = ledger.submitted;
    together.push(
      ledger.enter('holdUntilAllAreHere', { value, mayCrash: false }, (id) =>
        pool.run('holdUntilAllAreHere', [id, gate, IN_FLIGHT]),
      ),
    );
  }
  await Promise.all(together);
}

describe(`${TASKS} tasks whose callers give up at random`, PATIENCE, () => {
  test('each is settled once, by its value or by the reason; afterwards the pool is as good as new', () =>
    seeded(async (random) => {
      const before = residue();
      const ledger = new Ledger(2 * (TASKS + IN_FLIGHT));
      const { pool } = faultPool(ledger, { concurrency: IN_FLIGHT / 2 });
      const running = onceRunning(pool);
      await pool.ready();
      for (let round = 0; round < 2; round++) {
        const callers = new Callers(random);
        for (let i = 0; i < TASKS; i++) {
          submit(pool, ledger, random, callers, running);
          if (ledger.outstanding >= 3_000) await ledger.room(3_000 - random.below(3_000));
        }
        callers.giveUpAll();
        await ledger.room(1);
        await runManyAtOnce(pool, ledger, round);
      }
      ledger.balance();
      expect(pool.stats().crashed).toBe(0);
      await closeClean(pool, ledger, before);
    }));

  test('the same with a queue that holds callers back', () =>
    seeded(async (random) => {
      const before = residue();
      const ledger = new Ledger(TASKS);
      const { pool } = faultPool(ledger, { queue: { limit: 50, overflow: 'wait' } });
      const running = onceRunning(pool);
      await pool.ready();
      const callers = new Callers(random);
      let refused = 0;
      for (let i = 0; i < TASKS; i++) {
        submit(pool, ledger, random, callers, running);
        if (ledger.outstanding >= 500) await ledger.room(500 - random.below(500));
      }
      callers.giveUpAll();
      await ledger.room(1);
      ledger.balance();
      const { completed, failed, cancelled, held } = pool.stats();
      expect(held).toBe(0);
      // Who gives up while being held back has never been in the queue.
      refused = ledger.submitted - completed - failed - cancelled;
      expect(refused).toBeGreaterThanOrEqual(ledger.refused);
      ledger.refused = refused;
      await closeClean(pool, ledger, before);
    }));
});

describe('cancelling', PATIENCE, () => {
  test('the tasks that hold the whole queue lets those behind them run', async () => {
    const ledger = new Ledger(3_000);
    const { pool } = faultPool(ledger);
    const caller = new AbortController();
    // More than the pool has slots, while its threads start.
    const cancelled = Array.from({ length: 1_500 }, () =>
      ledger.enter('double', eitherWay(ledger.submitted * 2), (id) =>
        pool.run('double', [id], { signal: caller.signal }),
      ),
    );
    const others = Array.from({ length: 1_500 }, () =>
      ledger.enter('double', { value: ledger.submitted * 2 }, (id) => pool.run('double', [id])),
    );
    caller.abort(new Storm());
    await Promise.all([...cancelled, ...others]);
    ledger.balance();
    await pool.close();
  });

  test('tasks that wait keeps them from ever running', async () => {
    const ledger = new Ledger(4_000);
    const { pool } = faultPool(ledger, { threads: 1 });
    const running = onceRunning(pool);
    const blocked = ledger.enter('gate', { value: 0 }, (id) => pool.run('gate', [id, GATE]));
    await running(0);
    const caller = new AbortController();
    const cancelled = Array.from({ length: 2_000 }, () =>
      ledger.enter('double', { errors: ['Storm'] }, (id) => pool.run('double', [id], { signal: caller.signal })),
    );
    const others = Array.from({ length: 1_500 }, () =>
      ledger.enter('double', { value: ledger.submitted * 2 }, (id) => pool.run('double', [id])),
    );
    caller.abort(new Storm());
    await Promise.all(cancelled);
    expect(pool.stats()).toMatchObject({ cancelled: 2_000, completed: 0, queued: 1_500, running: 1 });
    ledger.open(GATE);
    await Promise.all([blocked, ...others]);
    ledger.balance();
    expect(ledger.started.subarray(1, 2_001).every((count) => count === 0)).toBe(true);
    await pool.close();
  });

  test('a queue full of tasks leaves room for one that is run again after a crash', async () => {
    const ledger = new Ledger(10_000);
    const { pool } = faultPool(ledger, { threads: 1 });
    const running = onceRunning(pool);
    await pool.ready();
    for (let round = 0, gate = GATE; round < 3; round++, gate++) {
      const value = ledger.submitted;
      const retried = ledger.enter('gateThenExitTheFirstTime', { value, attempts: 2 }, (id) =>
        pool.run('gateThenExitTheFirstTime', [id, gate], { retryOnCrash: 1 }),
      );
      await running(value);
      pool.stats();
      for (let i = 0; i < 2_046 + round; i++) {
        const caller = new AbortController();
        void ledger.enter('double', { errors: ['Storm'] }, (id) => pool.run('double', [id], { signal: caller.signal }));
        caller.abort(new Storm());
      }
      ledger.open(gate);
      await retried;
      await ledger.enter('double', { value: ledger.submitted * 2 }, (id) => pool.run('double', [id]));
    }
    await ledger.room(1);
    ledger.balance();
    await pool.close();
  });
});
