import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Once } from '../../src/signal/once.ts';
import { waitAny } from '../../src/signal/wait-any.ts';
import { gateOf } from './_gate.ts';
import { disposeAfterEach, keep } from './_made.ts';
import { microtasks, observe, type Observed } from './_settled.ts';

disposeAfterEach();

describe('Once', () => {
  test('runs one function of all that are offered, and has the others wait for it', async () => {
    const once = keep(new Once());
    const gate = gateOf();
    const ran: number[] = [];
    const runs = [0, 1, 2].map((i) =>
      observe(
        once.run(async () => {
          ran.push(i);
          await gate.promise;
        }),
      ),
    );
    await microtasks();
    expect([runs.map(({ state }) => state), once.isDone, once.tryWait()]).toEqual([
      ['pending', 'pending', 'pending'],
      false,
      false,
    ]);
    gate.resolve();
    await microtasks();
    expect(runs.map(({ value }) => value)).toEqual([true, false, false]);
    expect([ran, once.isDone, once.tryWait()]).toEqual([[0], true, true]);
    expect(await once.run(() => ran.push(3))).toBe(false);
    expect(once.runSync(() => ran.push(4))).toBe(false);
    expect(ran).toEqual([0]);
  });

  test('runs the next function when one fails, and tells the failure to who asked for it', async () => {
    const once = keep(new Once());
    const error = new Error('no');
    const failing = once.run(async () => {
      await microtasks(2);
      throw error;
    });
    const next = once.run(() => microtasks(2));
    const last = once.run(() => {});
    await expect(failing).rejects.toBe(error);
    expect([await next, await last, once.isDone]).toEqual([true, false, true]);
  });

  test('may be done by a function that blocks, unless that fails', () => {
    const once = keep(new Once());
    expect(() =>
      once.runSync(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(once.isDone).toBe(false);
    expect(once.runSync(() => {})).toBe(true);
    expect(once.isDone).toBe(true);
  });

  test('is waited for by those who do not want to do it', async () => {
    const once = keep(new Once());
    const waits = [observe(once.wait()), observe(waitAny([once]))];
    await expect(once.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(waits.map(({ state }) => state)).toEqual(['pending', 'pending']);
    expect(await once.run(() => {})).toBe(true);
    await microtasks();
    expect(waits.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled']);
    await once.wait({ timeout: 0 });
    once.waitSync();
  });

  test('ends a wait for others that is cancelled or takes too long, and not the function', async () => {
    const once = keep(new Once());
    const gate = gateOf();
    const controller = new AbortController();
    const running = once.run(() => gate.promise, { timeout: 1, signal: controller.signal });
    const reason = new Error('enough');
    const cancelled = once.run(() => {}, { signal: controller.signal });
    controller.abort(reason);
    await expect(cancelled).rejects.toBe(reason);
    await expect(once.run(() => {}, { timeout: 1 })).rejects.toThrow('Once.run did not succeed within 1 ms');
    gate.resolve();
    expect(await running).toBe(true);
  });

  test('refuses to block a thread until that very thread is done', async () => {
    const once = keep(new Once());
    const gate = gateOf();
    const running = once.run(() => gate.promise);
    expect(() => once.runSync(() => {}, { allowBlocking: true })).toThrow(
      expect.objectContaining({ code: 'ERR_DEADLOCK' }),
    );
    expect(() => once.waitSync({ allowBlocking: true })).toThrow(/Once\.waitSync: this very thread runs the function/);
    gate.resolve();
    await running;
    expect(once.runSync(() => {})).toBe(false);
  });

  test('refuses to block a thread whose event loop others depend on', () => {
    const once = keep(new Once());
    expect(() => once.waitSync()).toThrow(/await Once\.wait instead, or pass 'allowBlocking: true'/);
  });

  test('refuses what is no function', async () => {
    const once = keep(new Once());
    await expect(once.run(undefined as never)).rejects.toThrow(/Expected 'fn' to be a function, got undefined/);
    expect(() => once.runSync('fn' as never)).toThrow(TypeError);
    expect(await once.run(() => {})).toBe(true);
  });

  test('is the same wherever its handle arrives', async () => {
    const once = keep(new Once());
    const other = Once.from(structuredClone(once.handle));
    expect(await other.run(() => {})).toBe(true);
    expect([once.isDone, await once.run(() => {})]).toEqual([true, false]);
  });

  test('passes on what comes of a function that ends after it was disposed', async () => {
    const once = new Once();
    const running = once.run(() => microtasks(5));
    const waiting = once.run(() => {});
    once[Symbol.dispose]();
    await expect(waiting).rejects.toThrow(/Once was disposed while it was waited for/);
    expect(await running).toBe(true);
    await expect(once.run(() => {})).rejects.toThrow(/Cannot use the Once: it was disposed/);
  });

  test('behaves as a plain list of those who wait would', async () => {
    const step = fc.oneof(
      fc.record({ run: fc.constant(true) }),
      fc.record({ end: fc.boolean() }),
      fc.record({ cancel: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const once = new Once();
        const runs: Array<{ observed: Observed<boolean>; controller: AbortController; expected: unknown }> = [];
        /** Ends the function that runs now. */
        let end: ((succeeds: boolean) => void) | undefined;
        let isDone = false;
        const settle = (): void => {
          for (const run of runs) {
            if (run.expected !== 'pending') continue;
            if (isDone) run.expected = false;
            else if (runs.every(({ expected }) => expected !== 'running')) run.expected = 'running';
          }
        };
        for (const it of steps) {
          if ('run' in it) {
            const controller = new AbortController();
            const fn = (): Promise<void> =>
              new Promise((resolve, reject) => {
                end = (succeeds) => (succeeds ? resolve() : reject(new Error('failed')));
              });
            const observed = observe(once.run(fn, { signal: controller.signal }));
            runs.push({ observed, controller, expected: 'pending' });
          } else if ('end' in it) {
            const running = runs.find(({ expected }) => expected === 'running');
            if (running === undefined) continue;
            end?.(it.end);
            running.expected = it.end ? true : 'failed';
            isDone ||= it.end;
          } else {
            const chosen = runs[it.cancel % Math.max(1, runs.length)];
            chosen?.controller.abort();
            if (chosen?.expected === 'pending') chosen.expected = 'AbortError';
          }
          settle();
          await microtasks();
          expect(once.isDone).toBe(isDone);
          const actual = runs.map(({ observed: { state, value, error } }) =>
            state === 'fulfilled' ? value : state === 'pending' ? state : nameOf(error as Error),
          );
          expect(actual).toEqual(runs.map(({ expected }) => (expected === 'running' ? 'pending' : expected)));
        }
        for (const { controller } of runs) controller.abort();
        end?.(true);
        await microtasks();
        once[Symbol.dispose]();
      }),
      { numRuns: 50 },
    );
  });
});

function nameOf(error: Error): string {
  return error.message === 'failed' ? 'failed' : error.name;
}
