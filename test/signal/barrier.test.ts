import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Barrier, type BarrierWaitResult } from '../../src/signal/barrier.ts';
import { Semaphore } from '../../src/signal/semaphore.ts';
import { waitAll } from '../../src/signal/wait-all.ts';
import { waitAny, waitAnySync } from '../../src/signal/wait-any.ts';
import { disposeAfterEach, keep } from './_made.ts';
import { microtasks, observe, type Observed } from './_settled.ts';

disposeAfterEach();

describe('Barrier', () => {
  test('lets nobody go until all have come, and tells the last one that it leads', async () => {
    const barrier = keep(new Barrier(3));
    const waits = [observe(barrier.wait()), observe(barrier.wait())];
    await microtasks();
    expect(waits.map(({ state }) => state)).toEqual(['pending', 'pending']);
    expect([barrier.parties, barrier.arrived, barrier.isBroken]).toEqual([3, 2, false]);
    const last = await barrier.wait();
    await microtasks();
    expect([...waits.map(({ value }) => value?.isLeader), last.isLeader]).toEqual([false, false, true]);
    expect(barrier.arrived).toBe(0);
  });

  test('has the same parties meet round after round', async () => {
    const parties = 5;
    const barrier = keep(new Barrier(parties));
    const rounds = Array.from({ length: parties }, () => 0);
    let leaders = 0;
    await Promise.all(
      rounds.map(async (_, party) => {
        for (let round = 1; round <= 20; round++) {
          await microtasks((party * round) % 7);
          rounds[party] = round;
          const { isLeader } = await barrier.wait();
          if (isLeader) leaders++;
          expect(rounds.every((each) => each === round || each === round + 1)).toBe(true);
        }
      }),
    );
    expect([leaders, barrier.arrived]).toEqual([20, 0]);
  });

  test('of one is no hindrance', async () => {
    const barrier = keep(new Barrier(1));
    expect(await barrier.wait()).toEqual({ isLeader: true });
    expect(barrier.waitSync()).toEqual({ isLeader: true });
    expect(barrier.tryWait()).toEqual({ isLeader: true });
  });

  test('is passed by a try only as the last one', async () => {
    const barrier = keep(new Barrier(2));
    expect(barrier.tryWait()).toBeUndefined();
    expect(barrier.arrived).toBe(0);
    const wait = barrier.wait();
    expect(barrier.tryWait()).toEqual({ isLeader: true });
    expect(await wait).toEqual({ isLeader: false });
    await expect(barrier.wait({ timeout: 0 })).rejects.toMatchObject({ code: 'ERR_DEADLINE_EXCEEDED' });
    expect(barrier.arrived).toBe(0);
  });

  test('forgets who is cancelled or comes too early for its patience', async () => {
    const barrier = keep(new Barrier(2));
    const controller = new AbortController();
    const reason = new Error('enough');
    const cancelled = barrier.wait({ signal: controller.signal });
    expect(barrier.arrived).toBe(1);
    controller.abort(reason);
    expect(barrier.arrived).toBe(0);
    await expect(cancelled).rejects.toBe(reason);
    await expect(barrier.wait({ timeout: 1 })).rejects.toThrow('Barrier.wait did not succeed within 1 ms');
    expect(() => barrier.waitSync({ allowBlocking: true, timeout: 1 })).toThrow(/Barrier\.waitSync did not succeed/);
    expect([barrier.arrived, barrier.isBroken]).toEqual([0, false]);
    const wait = observe(barrier.wait());
    await microtasks();
    expect(wait.state).toBe('pending');
    barrier.tryWait();
    await microtasks();
    expect(wait.state).toBe('fulfilled');
  });

  test('cannot be left by who was let go, even if it is cancelled in the same step', async () => {
    const barrier = keep(new Barrier(2));
    const controller = new AbortController();
    const wait = barrier.wait({ signal: controller.signal });
    barrier.tryWait();
    controller.abort();
    expect(await wait).toEqual({ isLeader: false });
  });

  test('counts a thread that blocks like any other party', async () => {
    const barrier = keep(new Barrier(3));
    const waits = [barrier.wait(), barrier.wait()];
    expect(barrier.waitSync()).toEqual({ isLeader: true });
    await Promise.all(waits);
    expect(() => barrier.waitSync()).toThrow(/await Barrier\.wait instead, or pass 'allowBlocking: true'/);
  });

  test('in a wait for the first of several takes back what came to it if something else is first', async () => {
    const barrier = keep(new Barrier(2));
    const semaphore = keep(new Semaphore(0));
    const any = waitAny([barrier, semaphore]);
    expect(barrier.arrived).toBe(1);
    semaphore.release();
    expect(await any).toBe(1);
    expect([barrier.arrived, semaphore.available]).toEqual([0, 0]);

    const second = waitAny([semaphore, barrier]);
    barrier.tryWait();
    semaphore.release();
    expect(await second).toBe(1);
    expect([barrier.arrived, semaphore.available]).toEqual([0, 1]);

    const controller = new AbortController();
    const third = waitAny([barrier, controller.signal]);
    expect(barrier.arrived).toBe(1);
    controller.abort();
    expect(await third).toBe(1);
    expect(barrier.arrived).toBe(0);
    expect(() => waitAnySync([barrier], { allowBlocking: true, timeout: 1 })).toThrow(/waitAnySync did not succeed/);
    expect(barrier.arrived).toBe(0);
  });

  test('may be one of the things that are all waited for', async () => {
    const barrier = keep(new Barrier(2));
    const semaphore = keep(new Semaphore(1));
    const both = [waitAll([barrier, semaphore]), waitAll([semaphore, barrier])];
    semaphore.release();
    await Promise.all(both);
    expect([barrier.arrived, semaphore.available]).toEqual([0, 0]);
  });

  test.each([0, -1, 1.5, 4097])('refuses %s parties', (parties) => {
    expect(() => new Barrier(parties)).toThrow(/Expected 'parties' to be a whole number from 1 to 4096, got/);
    expect(() => new Barrier('2' as never)).toThrow(TypeError);
  });

  test('is the same barrier wherever its handle arrives', async () => {
    const barrier = keep(new Barrier(2));
    const other = Barrier.from(structuredClone(barrier.handle));
    expect(other.parties).toBe(2);
    const wait = other.wait();
    barrier.tryWait();
    await wait;
  });

  test('rejects those who wait when it is disposed', async () => {
    const barrier = new Barrier(3);
    const semaphore = keep(new Semaphore(0));
    const waits = [barrier.wait(), waitAny([semaphore, barrier])].map((wait) =>
      expect(wait).rejects.toThrow(/Barrier was disposed while it was waited for/),
    );
    barrier[Symbol.dispose]();
    await Promise.all(waits);
    await expect(barrier.wait()).rejects.toThrow(/Cannot use the Barrier: it was disposed/);
  });

  test('behaves as a plain list of parties would', async () => {
    const step = fc.oneof(
      fc.record({ wait: fc.constant(true) }),
      fc.record({ tryWait: fc.constant(true) }),
      fc.record({ cancel: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 40 }), async (parties, steps) => {
        const barrier = new Barrier(parties);
        const model = new Model(parties);
        const waits: Array<{ observed: Observed<BarrierWaitResult>; controller: AbortController }> = [];
        for (const it of steps) {
          if ('wait' in it) {
            const controller = new AbortController();
            waits.push({ observed: observe(barrier.wait({ signal: controller.signal })), controller });
            model.wait();
          } else if ('tryWait' in it) {
            expect(barrier.tryWait() !== undefined).toBe(model.tryWait());
          } else {
            const index = it.cancel % Math.max(1, waits.length);
            waits[index]?.controller.abort();
            model.cancel(index);
          }
          expect(barrier.arrived).toBe(model.present.length);
        }
        await microtasks(3);
        const outcomes = waits.map(({ observed: { state, value } }) =>
          state === 'fulfilled' ? value?.isLeader : state,
        );
        expect(outcomes).toEqual(model.outcomes);
        for (const { controller } of waits) controller.abort();
        barrier[Symbol.dispose]();
      }),
      { numRuns: 100 },
    );
  });
});

class Model {
  readonly parties: number;
  readonly outcomes: Array<'pending' | 'rejected' | boolean> = [];
  present: number[] = [];

  constructor(parties: number) {
    this.parties = parties;
  }

  wait(): void {
    const index = this.outcomes.push('pending') - 1;
    if (this.tryWait()) this.outcomes[index] = true;
    else this.present.push(index);
  }

  tryWait(): boolean {
    if (this.present.length + 1 < this.parties) return false;
    for (const index of this.present) this.outcomes[index] = false;
    this.present = [];
    return true;
  }

  cancel(index: number): void {
    if (this.outcomes[index] !== 'pending') return;
    this.outcomes[index] = 'rejected';
    this.present = this.present.filter((each) => each !== index);
  }
}
