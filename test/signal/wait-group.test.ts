import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { waitAny } from '../../src/signal/wait-any.ts';
import { WaitGroup } from '../../src/signal/wait-group.ts';
import { gateOf } from './_gate.ts';
import { disposeAfterEach, keep } from './_made.ts';
import { microtasks, observe, type Observed } from './_settled.ts';

disposeAfterEach();

describe('WaitGroup', () => {
  test('is waited for until all that was added is done', async () => {
    const group = keep(new WaitGroup());
    expect([group.count, group.tryWait()]).toEqual([0, true]);
    await group.wait();
    group.add(2);
    const wait = observe(group.wait());
    group.add();
    group.done();
    group.done();
    await microtasks();
    expect([wait.state, group.count, group.tryWait()]).toEqual(['pending', 1, false]);
    group.done();
    await microtasks();
    expect([wait.state, group.count, group.tryWait()]).toEqual(['fulfilled', 0, true]);
    group.waitSync();
  });

  test('may be used again, and lets go who waited even if it grows at once', async () => {
    const group = keep(new WaitGroup());
    for (let round = 0; round < 3; round++) {
      group.add();
      const wait = group.wait();
      group.done();
      group.add();
      const next = observe(group.wait());
      await wait;
      await microtasks();
      expect(next.state).toBe('pending');
      group.done();
      await microtasks();
      expect(next.state).toBe('fulfilled');
    }
  });

  test('goes on counting when it has been empty more often than it can tell apart', async () => {
    const group = keep(new WaitGroup());
    for (let round = 0; round < 4096; round++) {
      group.add(3);
      for (let i = 0; i < 3; i++) group.done();
    }
    group.add();
    expect(group.count).toBe(1);
    await expect(group.wait({ timeout: 0 })).rejects.toThrow(/WaitGroup\.wait did not succeed/);
  });

  test('counts what it runs, whatever comes of it', async () => {
    const group = keep(new WaitGroup());
    const gate = gateOf<string>();
    const run = group.run(() => gate.promise);
    const failing = group.run(async () => {
      await microtasks(1);
      throw new Error('no');
    });
    expect(group.count).toBe(2);
    await expect(failing).rejects.toThrow('no');
    expect(group.count).toBe(1);
    const wait = group.wait();
    gate.resolve('result');
    await wait;
    expect(await run).toBe('result');
    const throwing = group.run(() => {
      throw new Error('not at all');
    });
    await expect(throwing).rejects.toThrow('not at all');
    await expect(group.run(5 as never)).rejects.toThrow(/Expected 'fn' to be a function, got number/);
    expect(group.count).toBe(0);
  });

  test('passes on the result of what it ran after it was disposed', async () => {
    const group = new WaitGroup();
    const run = group.run(async () => await microtasks(3));
    group[Symbol.dispose]();
    await run;
  });

  test('refuses to be done with more than was added', () => {
    const group = keep(new WaitGroup());
    expect(() => group.done()).toThrow(RangeError);
    expect(() => group.done()).toThrow(/Cannot call done on the WaitGroup: none is under way/);
  });

  test('refuses to count more than it can', () => {
    const group = keep(new WaitGroup());
    group.add(1_048_575);
    expect(() => group.add()).toThrow(/Cannot add 1 to the WaitGroup: 1048575 are under way/);
    expect(group.count).toBe(1_048_575);
    expect(() => group.add(0)).toThrow(/Expected 'n' to be a whole number from 1 to 1048575, got 0/);
    expect(() => group.add('2' as never)).toThrow(TypeError);
  });

  test('ends a wait that is cancelled or takes too long', async () => {
    const group = keep(new WaitGroup());
    group.add();
    const reason = new Error('enough');
    await expect(group.wait({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(group.wait({ timeout: 1 })).rejects.toThrow('WaitGroup.wait did not succeed within 1 ms');
    expect(() => group.waitSync()).toThrow(/await WaitGroup\.wait instead/);
    expect(() => group.waitSync({ allowBlocking: true, timeout: 1 })).toThrow(/WaitGroup\.waitSync did not succeed/);
  });

  test('is the same group wherever its handle arrives, and one of the things that can be waited for', async () => {
    const group = keep(new WaitGroup());
    const other = WaitGroup.from(structuredClone(group.handle));
    other.add();
    const any = waitAny([group, new Promise(() => {})]);
    other.done();
    expect(await any).toBe(0);
  });

  test('behaves as a plain counter would', async () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ done: fc.constant(true) }),
      fc.record({ wait: fc.constant(true) }),
      fc.record({ cancel: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const group = new WaitGroup();
        let count = 0;
        const waits: Array<{ observed: Observed<void>; controller: AbortController; expected: string }> = [];
        for (const it of steps) {
          if ('add' in it) {
            group.add(it.add);
            count += it.add;
          } else if ('done' in it) {
            if (count === 0) expect(() => group.done()).toThrow(RangeError);
            else {
              group.done();
              count--;
            }
          } else if ('wait' in it) {
            const controller = new AbortController();
            const observed = observe(group.wait({ signal: controller.signal }));
            waits.push({ observed, controller, expected: 'pending' });
          } else {
            const chosen = waits[it.cancel % Math.max(1, waits.length)];
            chosen?.controller.abort();
            if (chosen?.expected === 'pending') chosen.expected = 'rejected';
          }
          if (count === 0) {
            for (const wait of waits.filter(({ expected }) => expected === 'pending')) wait.expected = 'fulfilled';
          }
          // Not after each step: some grow again before anybody has looked.
          if ('cancel' in it || 'wait' in it) await microtasks(3);
        }
        await microtasks(3);
        expect(group.count).toBe(count);
        expect(waits.map(({ observed }) => observed.state)).toEqual(waits.map(({ expected }) => expected));
        for (const { controller } of waits) controller.abort();
        group[Symbol.dispose]();
      }),
      { numRuns: 50 },
    );
  });
});
