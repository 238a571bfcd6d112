import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeadlineExceededError, ReveilleError, WouldBlockError } from '../../src/errors.ts';
import { defaultArena } from '../../src/memory/arena.ts';
import { revive } from '../../src/memory/shared-object.ts';
import { RateLimiter } from '../../src/pacing/rate-limiter.ts';
import { replaceClock } from '../../src/signal/deadline-source.ts';
import { deadlines } from '../../src/signal/deadlines.ts';
import { installRuntime, runtime } from '../../src/runtime.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { LimitedTime, type Pass, worstWindow } from './_limited-time.ts';

let world: LimitedTime;
let blocks: number;
beforeEach(() => {
  blocks = defaultArena().stats().blocks;
  world = new LimitedTime(5_000);
});
afterEach(() => {
  expect(deadlines().size).toBe(0);
  expect(world.time.pendingTimers).toBe(0);
  world.end();
  expect(defaultArena().stats().blocks).toBe(blocks);
});

describe('permits', () => {
  test('are there at once, up to the burst', async () => {
    const limiter = world.limiter({ rate: 10, burst: 3 });
    await limiter.acquire();
    await limiter.acquire(2);
    expect(limiter.tryAcquire()).toBe(false);
    expect(limiter.stats()).toEqual({ available: 0, waiting: 0, delay: 100 });
  });

  test('then come at the rate, the first when its time has come and not before', async () => {
    const limiter = world.limiter({ rate: 10 });
    const passes: Pass[] = [];
    const all = Promise.all([1, 1, 1].map((count) => world.pass(limiter, count, passes)));
    await world.advanceTo(5_099);
    expect(passes.length).toBe(1);
    await world.advanceTo(5_300);
    await all;
    expect(passes.map(({ at }) => at)).toEqual([5_000, 5_100, 5_200]);
  });

  test('that nobody takes are kept up to the burst and no further', async () => {
    const limiter = world.limiter({ rate: 10, burst: 3 });
    expect(limiter.tryAcquire(3)).toBe(true);
    await world.advanceTo(5_200);
    expect(limiter.stats().available).toBe(2);
    await world.advanceTo(60_000);
    expect(limiter.stats().available).toBe(3);
    expect(limiter.tryAcquire(3)).toBe(true);
    expect(limiter.tryAcquire()).toBe(false);
  });

  test('may be counted over any span', async () => {
    const hourly = world.limiter({ rate: 0.5, per: 3_600_000 });
    expect(hourly.tryAcquire()).toBe(true);
    await world.advanceTo(5_000 + 7_199_999);
    expect(hourly.tryAcquire()).toBe(false);
    await world.advanceTo(5_000 + 7_200_000);
    expect(hourly.tryAcquire()).toBe(true);
  });

  test('come after more than 2^31 ms, too', async () => {
    const limiter = world.limiter({ rate: 1, per: 2 ** 33 });
    const passes: Pass[] = [];
    await world.pass(limiter, 1, passes);
    const second = world.pass(limiter, 1, passes);
    await world.advanceTo(5_000 + 2 ** 33 - 1);
    expect(passes.length).toBe(1);
    await world.advanceTo(5_000 + 2 ** 33);
    await second;
  });

  test('never come early, though timers fire early', async () => {
    const limiter = world.limiter({ rate: 10 });
    world.time.early = 0.9;
    const passes: Pass[] = [];
    const all = Promise.all([1, 1, 1, 1].map((count) => world.pass(limiter, count, passes)));
    await world.advanceTo(6_000);
    await all;
    expect(worstWindow(passes, 0.01)).toBeLessThanOrEqual(1 + 1e-9);
  });
});

describe('waits', () => {
  test('of a thousand are served in the order of asking, each with one wake-up of the thread', async () => {
    const limiter = world.limiter({ rate: 1_000, burst: 5 });
    const order: number[] = [];
    const all = Promise.all(Array.from({ length: 1_000 }, (_, i) => limiter.acquire().then(() => order.push(i))));
    await world.advanceTo(6_000);
    await all;
    expect(order).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
    expect(world.wakeUps).toBe(995);
  });

  test('that end late lose nothing that the burst can hold', async () => {
    const limiter = world.limiter({ rate: 1_000, burst: 20 });
    const passes: Pass[] = [];
    const all = Promise.all(Array.from({ length: 500 }, () => world.pass(limiter, 1, passes)));
    await world.advanceTo(5_000);
    // The event loop gets to its timers every 15 ms.
    for (let at = 5_015; at <= 5_480 + 15; at += 15) {
      world.time.jumpTo(at);
      await world.advanceTo(at);
    }
    await all;
    expect(worstWindow(passes, 1)).toBeLessThanOrEqual(20 + 1e-9);
  });

  test('that end too late for that do not make up for it', async () => {
    const limiter = world.limiter({ rate: 1_000, burst: 10 });
    const passes: Pass[] = [];
    const all = Promise.all(Array.from({ length: 30 }, () => world.pass(limiter, 1, passes)));
    await world.advanceTo(5_000);
    world.time.jumpTo(5_100);
    await world.advanceTo(5_100);
    expect(passes.length).toBe(20);
    await world.advanceTo(5_200);
    await all;
    expect(worstWindow(passes, 1)).toBeLessThanOrEqual(10 + 1e-9);
  });

  test('for many permits are not starved by those for few', async () => {
    const limiter = world.limiter({ rate: 10, burst: 5 });
    await limiter.acquire(5);
    const order: string[] = [];
    const all = Promise.all([
      limiter.acquire(5).then(() => order.push('five')),
      ...[1, 2, 3].map((i) => limiter.acquire().then(() => order.push(`one ${i}`))),
    ]);
    expect(limiter.tryAcquire()).toBe(false);
    await world.advanceTo(6_000);
    await all;
    expect(order).toEqual(['five', 'one 1', 'one 2', 'one 3']);
  });

  test('of a higher priority go first, also before one that has slept for long', async () => {
    const limiter = world.limiter({ rate: 10, burst: 2 });
    await limiter.acquire(2);
    const order: string[] = [];
    const start = (name: string, count: number, priority?: 'high' | 'low'): Promise<unknown> =>
      limiter.acquire(count, { priority }).then(() => order.push(name));
    const all = [start('low', 1, 'low'), start('normal', 1), start('normal, too', 2)];
    await world.advanceTo(5_050);
    all.push(start('high', 2, 'high'), start('high, too', 1, 'high'));
    await world.advanceTo(6_000);
    await Promise.all(all);
    expect(order).toEqual(['high', 'high, too', 'normal', 'normal, too', 'low']);
    expect(world.time.now()).toBe(6_000);
  });

  test('end with the reason of their signal, or when their time is over, and leave no hole', async () => {
    const limiter = world.limiter({ rate: 10 });
    await limiter.acquire();
    const controller = new AbortController();
    const reason = new Error('enough');
    const cancelled = limiter.acquire({ signal: controller.signal });
    const late = limiter.acquire({ timeout: 60 });
    const passes: Pass[] = [];
    const patient = world.pass(limiter, 1, passes);
    expect(limiter.stats().waiting).toBe(3);
    controller.abort(reason);
    await expect(cancelled).rejects.toBe(reason);
    const expired = expect(late).rejects.toThrow(DeadlineExceededError);
    await world.advanceTo(5_099);
    await expired;
    expect(passes).toEqual([]);
    await world.advanceTo(5_100);
    await patient;
  });

  test('that were cancelled all at once have taken nothing', async () => {
    const limiter = world.limiter({ rate: 10, burst: 3 });
    await limiter.acquire(3);
    const controller = new AbortController();
    const waits = Array.from({ length: 10 }, () => limiter.acquire(3, { signal: controller.signal }));
    controller.abort(new Error('enough'));
    await Promise.allSettled(waits);
    expect(limiter.stats()).toEqual({ available: 0, waiting: 0, delay: 100 });
    await world.advanceTo(5_300);
    expect(limiter.tryAcquire(3)).toBe(true);
  });

  test('that need not wait succeed with a timeout of 0, others fail at once', async () => {
    const limiter = world.limiter({ rate: 10 });
    await limiter.acquire({ timeout: 0 });
    await expect(limiter.acquire({ timeout: 0 })).rejects.toThrow(DeadlineExceededError);
    await expect(limiter.acquire({ signal: AbortSignal.abort(new Error('over')) })).rejects.toThrow('over');
  });
});

describe('a penalty', () => {
  test('lets nobody pass until it is over, then one by one, in the old order', async () => {
    const limiter = world.limiter({ rate: 10, burst: 3 });
    await limiter.acquire(3);
    const passes: Array<[number, string]> = [];
    const start = (name: string): Promise<unknown> =>
      limiter.acquire().then(() => passes.push([world.time.now(), name]));
    const all = ['a', 'b', 'c'].map(start);
    await world.advanceTo(5_050);
    limiter.penalty(1_000);
    limiter.penalty(10);
    expect(limiter.tryAcquire()).toBe(false);
    expect(limiter.stats()).toMatchObject({ available: 0, waiting: 3 });
    await world.advanceTo(6_300);
    await Promise.all(all);
    expect(passes.map(([, name]) => name)).toEqual(['a', 'b', 'c']);
    expect(passes.map(([at]) => at)).toEqual([6_050, 6_150, 6_250]);
  });

  test('of 0 ms takes what is there but for one', () => {
    const limiter = world.limiter({ rate: 10, burst: 3 });
    limiter.penalty(0);
    expect(limiter.stats().available).toBe(1);
  });
});

describe('several budgets', () => {
  test('are taken together or not at all', async () => {
    const requests = world.limiter({ rate: 10, burst: 2 });
    const tokens = world.limiter({ rate: 100, burst: 100 });
    await RateLimiter.acquireAll([
      [requests, 1],
      [tokens, 90],
    ]);
    expect(
      RateLimiter.tryAcquireAll([
        [requests, 1],
        [tokens, 20],
      ]),
    ).toBe(false);
    expect(requests.stats().available).toBe(1);
    expect(tokens.stats().available).toBe(10);
    const passes: Pass[] = [];
    const wait = RateLimiter.acquireAll([
      [requests, 2],
      [tokens, 60],
    ]).then(() => passes.push({ at: world.time.now(), count: 1 }));
    await world.advanceTo(5_499);
    expect(passes).toEqual([]);
    expect(requests.stats().available).toBe(2);
    await world.advanceTo(5_500);
    await wait;
    expect([requests, tokens].map((limiter) => limiter.stats().available)).toEqual([0, 0]);
  });

  test('are waited for one after the other until all have enough at one time', async () => {
    const slow = world.limiter({ rate: 1 });
    const slower = world.limiter({ rate: 0.5 });
    await slow.acquire();
    await slower.acquire();
    const wait = RateLimiter.acquireAll([
      [slow, 1],
      [slower, 1],
    ]);
    await world.advanceTo(6_999);
    expect(slow.stats().available).toBe(1);
    await world.advanceTo(7_000);
    await wait;
    expect(slow.tryAcquire()).toBe(false);
  });

  test('leave nothing taken when the wait is cancelled', async () => {
    const fast = world.limiter({ rate: 1_000, burst: 5 });
    const slow = world.limiter({ rate: 1 });
    await slow.acquire();
    const wait = RateLimiter.acquireAll(
      [
        [fast, 5],
        [slow, 1],
      ],
      { timeout: 10 },
    );
    const expired = expect(wait).rejects.toThrow(DeadlineExceededError);
    await world.advanceTo(5_010);
    await expired;
    expect(fast.stats()).toEqual({ available: 5, waiting: 0, delay: 0 });
    expect(slow.stats()).toMatchObject({ waiting: 0, delay: 990 });
  });

  test('are refused where they make no sense', async () => {
    const limiter = world.limiter({ rate: 1, burst: 2 });
    const refused: unknown[] = [
      [],
      undefined,
      [limiter],
      [[limiter, 3]],
      [
        [limiter, 1],
        [limiter, 1],
      ],
      [[{}, 1]],
    ];
    for (const budgets of refused) {
      await expect(RateLimiter.acquireAll(budgets as [])).rejects.toThrow(/Expected .*budgets/);
    }
  });
});

describe('a blocked thread', () => {
  test('is refused where others depend on its event loop, unless there is a permit', () => {
    const limiter = world.limiter({ rate: 1, per: 60_000 });
    limiter.acquireSync({ timeout: 0 });
    installRuntime({ ...runtime(), mayBlock: false });
    expect(() => limiter.acquireSync()).toThrow(WouldBlockError);
    expect(() => limiter.acquireSync({ timeout: 0 })).toThrow(DeadlineExceededError);
    expect(limiter.stats().delay).toBe(60_000);
  });

  test('passes as soon as its permits are there, before those that wait for the event loop', async () => {
    const limiter = world.limiter({ rate: 10 });
    const undo = replaceClock({
      now: () => world.time.now(),
      setTimer: (callback, ms) => world.time.setTimer(callback, ms),
      block: (ms) => world.time.jumpTo(world.time.now() + ms),
    });
    limiter.acquireSync();
    const passes: Pass[] = [];
    const other = world.pass(limiter, 1, passes);
    limiter.acquireSync({ timeout: 1_000, allowBlocking: true });
    passes.push({ at: world.time.now(), count: 1 });
    await world.advanceTo(6_000);
    await other;
    undo();
    expect(worstWindow(passes, 0.01)).toBeLessThanOrEqual(1 + 1e-9);
    expect(passes.map(({ at }) => Math.round(at))).toEqual([5_200, 5_300]);
  });

  test('is told at once when it would wait in vain', () => {
    const limiter = world.limiter({ rate: 1, per: 60_000 });
    limiter.acquireSync(1);
    expect(() => limiter.acquireSync({ timeout: 59_999, allowBlocking: true })).toThrow(DeadlineExceededError);
    expect(limiter.stats().delay).toBe(60_000);
  });
});

describe('a limiter', () => {
  test('is the same one wherever its handle arrives', async () => {
    const limiter = world.limiter({ rate: 10, burst: 2 });
    const same = revive(structuredClone(limiter.handle)) as RateLimiter;
    expect(same).toBeInstanceOf(RateLimiter);
    await limiter.acquire(2);
    expect(same.tryAcquire()).toBe(false);
    const wait = same.acquire();
    expect(limiter.stats().waiting).toBe(1);
    expect(limiter.tryAcquire()).toBe(false);
    await world.advanceTo(5_100);
    await wait;
  });

  test('goes by the virtual clock of a test', async () => {
    const clock = new VirtualClock().install();
    const limiter = world.limiter({ rate: 3 });
    limiter.acquireSync();
    const wait = limiter.acquire();
    await clock.advance(1_000 / 3);
    await wait;
    limiter.acquireSync({ allowBlocking: true });
    expect(clock.now()).toBeCloseTo(2_000 / 3, 6);
    clock[Symbol.dispose]();
  });

  test('that nobody waits for sets no timer', async () => {
    const limiter = world.limiter({ rate: 10, burst: 2 });
    await limiter.acquire(2);
    await limiter.acquire({ timeout: 0 }).catch(() => {});
    limiter.penalty(1_000);
    expect(world.time.delays).toEqual([]);
  });

  test('that is disposed rejects its waits and refuses to be used', async () => {
    const limiter = world.limiter({ rate: 10 });
    await limiter.acquire();
    const wait = limiter.acquire();
    limiter[Symbol.dispose]();
    limiter[Symbol.dispose]();
    await expect(wait).rejects.toThrow('disposed while it was waited for');
    expect(limiter.isDisposed).toBe(true);
    expect(() => limiter.tryAcquire()).toThrow(ReveilleError);
    expect(() => RateLimiter.from(limiter.handle)).toThrow('disposed');
  });

  test('that another thread disposes rejects its waits when they would have gone on', async () => {
    const limiter = world.limiter({ rate: 10 });
    await limiter.acquire();
    const waits = [limiter.acquire(), limiter.acquire()].map((wait) => expect(wait).rejects.toThrow('disposed'));
    defaultArena().free(limiter.handle.offset);
    await world.advanceTo(5_100);
    await Promise.all(waits);
  });

  test.each([
    [{ rate: 0 }, RangeError, "'rate'"],
    [{ rate: '10' }, TypeError, "'rate'"],
    [{ rate: Infinity }, RangeError, "'rate'"],
    [{ rate: 1, per: -1 }, RangeError, "'per'"],
    [{ rate: 1, burst: 0 }, RangeError, "'burst'"],
    [{ rate: 1, burst: 1.5 }, RangeError, "'burst'"],
    [{ rate: 1e-300, per: 1e300 }, RangeError, "'rate' / 'per'"],
    [undefined, TypeError, 'options'],
  ])('refuses %j', (options, kind, names) => {
    expect(() => new RateLimiter(options as never)).toThrow(kind);
    expect(() => new RateLimiter(options as never)).toThrow(names);
  });

  test('refuses what can never be there, and what is no number of permits', async () => {
    const limiter = world.limiter({ rate: 10, burst: 2 });
    for (const count of [0, 3, 1.5, NaN]) await expect(limiter.acquire(count)).rejects.toThrow(RangeError);
    await expect(limiter.acquire('1' as never)).rejects.toThrow(TypeError);
    await expect(limiter.acquire(null as never)).rejects.toThrow(TypeError);
    await expect(limiter.acquire(1, { priority: 'urgent' as never })).rejects.toThrow("'priority'");
    expect(() => limiter.penalty(-1)).toThrow(RangeError);
    expect(() => limiter.penalty('1' as never)).toThrow(TypeError);
  });
});
