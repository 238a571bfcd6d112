import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Latch } from '../../src/signal/latch.ts';
import { waitAll } from '../../src/signal/wait-all.ts';
import { waitAny } from '../../src/signal/wait-any.ts';
import { disposeAfterEach, keep } from './_made.ts';
import { microtasks, observe, type Observed } from './_settled.ts';

disposeAfterEach();

describe('Latch', () => {
  test('lets all go once it has been counted down, and all who come later', async () => {
    const latch = keep(new Latch(3));
    const waits = [observe(latch.wait()), observe(latch.wait())];
    latch.countDown();
    latch.countDown();
    await microtasks();
    expect([latch.count, latch.isOpen, latch.tryWait()]).toEqual([1, false, false]);
    expect(waits.map(({ state }) => state)).toEqual(['pending', 'pending']);
    latch.countDown();
    await microtasks();
    expect(waits.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled']);
    expect([latch.count, latch.isOpen, latch.tryWait()]).toEqual([0, true, true]);
    await latch.wait();
    latch.waitSync();
  });

  test('stays open when it is counted down further', () => {
    const latch = keep(new Latch(2));
    latch.countDown(5);
    latch.countDown();
    expect(latch.count).toBe(0);
  });

  test('of nothing is open', async () => {
    const latch = keep(new Latch(0));
    expect(latch.isOpen).toBe(true);
    await latch.wait({ timeout: 0 });
  });

  test('ends a wait that is cancelled or takes too long, and is counted down as before', async () => {
    const latch = keep(new Latch(1));
    const reason = new Error('enough');
    const controller = new AbortController();
    const cancelled = latch.wait({ signal: controller.signal });
    controller.abort(reason);
    await expect(cancelled).rejects.toBe(reason);
    await expect(latch.wait({ timeout: 1 })).rejects.toThrow('Latch.wait did not succeed within 1 ms');
    expect(latch.count).toBe(1);
  });

  test('refuses to block a thread whose event loop others depend on, and names what to do instead', () => {
    const latch = keep(new Latch(1));
    expect(() => latch.waitSync()).toThrow(/await Latch\.wait instead, or pass 'allowBlocking: true'/);
    expect(() => latch.waitSync()).toThrow(expect.objectContaining({ code: 'ERR_WOULD_BLOCK' }));
    expect(() => latch.waitSync({ allowBlocking: true, timeout: 1 })).toThrow(/Latch\.waitSync did not succeed/);
  });

  test.each([-1, 0.5, NaN, 2 ** 31])('refuses to count %s', (count) => {
    expect(() => new Latch(count)).toThrow(/Expected 'count' to be a whole number from 0 to 2147483647, got/);
    expect(() => keep(new Latch(1)).countDown(count)).toThrow(/Expected 'n' to be a whole number from 1/);
    expect(() => new Latch('1' as never)).toThrow(TypeError);
    expect(() => new Latch(null as never)).toThrow(TypeError);
  });

  test('is the same latch wherever its handle arrives', async () => {
    const latch = keep(new Latch(1));
    const other = Latch.from(structuredClone(latch.handle));
    const wait = other.wait();
    latch.countDown();
    await wait;
    expect(other.isOpen).toBe(true);
  });

  test('rejects those who wait when it is disposed, and refuses to be used after', async () => {
    const latch = new Latch(1);
    const wait = latch.wait();
    latch[Symbol.dispose]();
    await expect(wait).rejects.toThrow(/Latch was disposed while it was waited for/);
    await expect(latch.wait()).rejects.toThrow(/Cannot use the Latch: it was disposed/);
    expect(() => latch.countDown()).toThrow(/disposed/);
  });

  test('is one of the things that can be waited for together', async () => {
    const [first, second] = [keep(new Latch(1)), keep(new Latch(1))];
    const any = waitAny([first, second]);
    const all = observe(waitAll([first, second]));
    second.countDown();
    expect(await any).toBe(1);
    expect(all.state).toBe('pending');
    first.countDown();
    await microtasks(20);
    expect(all.state).toBe('fulfilled');
  });

  test('behaves as a plain counter would', async () => {
    const step = fc.oneof(
      fc.record({ countDown: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ wait: fc.constant(true) }),
      fc.record({ cancel: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 8 }), fc.array(step, { maxLength: 20 }), async (count, steps) => {
        const latch = new Latch(count);
        let left = count;
        const waits: Array<{ observed: Observed<void>; controller: AbortController; expected: string }> = [];
        for (const it of steps) {
          if ('countDown' in it) {
            latch.countDown(it.countDown);
            left = Math.max(0, left - it.countDown);
          } else if ('wait' in it) {
            const controller = new AbortController();
            const observed = observe(latch.wait({ signal: controller.signal }));
            waits.push({ observed, controller, expected: 'pending' });
          } else {
            const chosen = waits[it.cancel % Math.max(1, waits.length)];
            chosen?.controller.abort();
            if (chosen?.expected === 'pending') chosen.expected = 'rejected';
          }
          if (left === 0) {
            for (const wait of waits.filter(({ expected }) => expected === 'pending')) wait.expected = 'fulfilled';
          }
          await microtasks(3);
          expect([latch.count, latch.isOpen]).toEqual([left, left === 0]);
          expect(waits.map(({ observed }) => observed.state)).toEqual(waits.map(({ expected }) => expected));
        }
        for (const { controller } of waits) controller.abort();
        latch[Symbol.dispose]();
      }),
      { numRuns: 50 },
    );
  });
});
