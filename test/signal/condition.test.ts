import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { DeadlineExceededError, DeadlockError, WouldBlockError } from '../../src/errors.ts';
import { defaultArena } from '../../src/memory/arena.ts';
import { Condition } from '../../src/signal/condition.ts';
import { forgetThread } from '../../src/signal/forget-thread.ts';
import { Mutex } from '../../src/signal/mutex.ts';
import { waitAny } from '../../src/signal/wait-any.ts';
import '../support/install-runtime.ts';
import { microtasks, observe, type Observed } from './_settled.ts';

const made: Disposable[] = [];
function make(): { mutex: Mutex; changed: Condition } {
  const mutex = new Mutex();
  const changed = new Condition(mutex);
  made.push(changed, mutex);
  return { mutex, changed };
}
afterEach(() => {
  for (const thing of made.splice(0)) thing[Symbol.dispose]();
  expect(defaultArena().stats().blocks).toBe(0);
});

/** Waits once, and says with what it ended; releases the mutex then. */
async function waitOnce(
  { mutex, changed }: { mutex: Mutex; changed: Condition },
  options: { signal?: AbortSignal; timeout?: number } = {},
): Promise<void> {
  const guard = await mutex.lock();
  try {
    await changed.wait(guard, options);
  } finally {
    expect(guard.isHeld).toBe(true);
    guard.release();
  }
}

describe('Condition', () => {
  test('releases the mutex while it waits and has locked it again when it returns', async () => {
    const { mutex, changed } = make();
    const guard = await mutex.lock();
    const wait = observe(changed.wait(guard));
    expect([mutex.isLocked, guard.isHeld]).toEqual([false, false]);
    const other = mutex.lockSync();
    changed.notifyOne();
    await microtasks();
    expect(wait.state).toBe('pending');
    other.release();
    await microtasks();
    expect([wait.state, guard.isHeld]).toEqual(['fulfilled', true]);
    guard.release();
  });

  test('notifyOne lets one go, in the order of waiting, and notifyAll all who wait then', async () => {
    const pair = make();
    const waits = [0, 1, 2, 3].map(() => observe(waitOnce(pair)));
    await microtasks();
    pair.changed.notifyOne();
    await microtasks();
    expect(waits.map(({ state }) => state)).toEqual(['fulfilled', 'pending', 'pending', 'pending']);
    pair.changed.notifyAll();
    const late = observe(waitOnce(pair));
    await microtasks(20);
    expect(waits.map(({ state }) => state)).toEqual(Array(4).fill('fulfilled'));
    expect(late.state).toBe('pending');
    pair.changed.notifyAll();
  });

  test('a notification for nobody is not kept', async () => {
    const pair = make();
    pair.changed.notifyOne();
    pair.changed.notifyAll();
    await expect(waitOnce(pair, { timeout: 1 })).rejects.toThrow('Condition.wait did not succeed within 1 ms');
  });

  test('a wait that is cancelled has the mutex again, and leaves the notification to another', async () => {
    const pair = make();
    const controller = new AbortController();
    const first = observe(waitOnce(pair, { signal: controller.signal }));
    const second = observe(waitOnce(pair));
    await microtasks();
    controller.abort(new Error('enough'));
    pair.changed.notifyOne();
    await microtasks();
    expect([first.state, (first.error as Error).message, second.state]).toEqual(['rejected', 'enough', 'fulfilled']);
    expect(pair.mutex.isLocked).toBe(false);
  });

  test('a cancelled wait waits for the mutex before it rejects', async () => {
    const { mutex, changed } = make();
    const guard = await mutex.lock();
    const controller = new AbortController();
    const wait = observe(changed.wait(guard, { signal: controller.signal }));
    const other = mutex.lockSync();
    controller.abort();
    await microtasks();
    expect(wait.state).toBe('pending');
    other.release();
    await microtasks();
    expect([wait.state, guard.isHeld]).toEqual(['rejected', true]);
    guard.release();
  });

  test('waitFor looks first, and again after each notification', async () => {
    const { mutex, changed } = make();
    let count = 0;
    const guard = await mutex.lock();
    await changed.waitFor(guard, () => count === 0);
    const wait = observe(changed.waitFor(guard, () => count === 2));
    for (let step = 0; step < 2; step++) {
      await microtasks();
      expect(wait.state).toBe('pending');
      await mutex.run(() => count++);
      changed.notifyOne();
    }
    await microtasks(20);
    expect(wait.state).toBe('fulfilled');
    await expect(changed.waitFor(guard, () => false, { timeout: 5 })).rejects.toThrow(
      new DeadlineExceededError('Condition.waitFor did not succeed within 5 ms'),
    );
    expect(guard.isHeld).toBe(true);
    guard.release();
  });

  test('blocking, it returns with the mutex as well', () => {
    const { mutex, changed } = make();
    const guard = mutex.lockSync();
    expect(() => changed.waitSync(guard)).toThrow(WouldBlockError);
    expect(() => changed.waitSync(guard, { timeout: 2, allowBlocking: true })).toThrow(DeadlineExceededError);
    expect(guard.isHeld).toBe(true);
    guard.release();
  });

  test('is not blocked on where another flow of the thread would get the mutex and could not go on', async () => {
    const { mutex, changed } = make();
    const guard = await mutex.lock();
    const other = mutex.lock();
    expect(() => changed.waitSync(guard, { allowBlocking: true })).toThrow(DeadlockError);
    guard.release();
    (await other).release();
  });

  test('wants a guard that holds its own mutex, and keeps the mutex when it refuses', async () => {
    const { mutex, changed } = make();
    const { mutex: foreign } = make();
    const guard = mutex.lockSync();
    const wrong = foreign.lockSync();
    await expect(changed.wait(wrong)).rejects.toThrow("not one of the condition's own mutex");
    await expect(changed.wait(undefined as never)).rejects.toThrow("Expected 'guard' to be a MutexGuard");
    await expect(changed.wait(guard, { timeout: -1 })).rejects.toThrow(RangeError);
    await expect(changed.wait(guard, { signal: AbortSignal.abort(new Error('over')) })).rejects.toThrow('over');
    await expect(changed.waitFor(guard, 1 as never)).rejects.toThrow("Expected 'predicate' to be a function");
    await expect(waitAny([changed])).rejects.toThrow('Cannot wait for a Condition without its mutex');
    expect(guard.isHeld).toBe(true);
    guard.release();
    wrong.release();
    await expect(changed.wait(guard)).rejects.toThrow('the guard was released');
  });

  test('is the same condition, with its mutex, wherever its handle arrives', async () => {
    const pair = make();
    const same = Condition.from(pair.changed.handle);
    expect(same.mutex.handle.offset).toBe(pair.mutex.handle.offset);
    const wait = observe(waitOnce(pair));
    await microtasks();
    same.notifyOne();
    await microtasks();
    expect(wait.state).toBe('fulfilled');
  });

  test('everybody looks once more when a thread has died', async () => {
    const pair = make();
    const waits = [0, 1].map(() => observe(waitOnce(pair)));
    await microtasks();
    forgetThread(defaultArena(), 40);
    await microtasks(20);
    expect(waits.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled']);
  });

  test('rejects those who wait when it is disposed', async () => {
    const mutex = new Mutex();
    const changed = new Condition(mutex);
    const wait = observe(waitOnce({ mutex, changed }));
    await microtasks();
    changed[Symbol.dispose]();
    await microtasks();
    expect((wait.error as Error).message).toMatch(/Condition was disposed/);
    mutex[Symbol.dispose]();
  });
});

test('any sequence of waits, notifications and cancels lets go whom a queue would', async () => {
  const step = fc.oneof(
    fc.constant({ wait: true as const }),
    fc.constant({ notifyOne: true as const }),
    fc.constant({ notifyAll: true as const }),
    fc.record({ cancel: fc.nat() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const mutex = new Mutex();
      const pair = { mutex, changed: new Condition(mutex) };
      const waits: Array<{ observed: Observed<void>; controller: AbortController }> = [];
      const model: Array<'pending' | 'fulfilled' | 'rejected'> = [];
      for (const it of steps) {
        if ('wait' in it) {
          const controller = new AbortController();
          waits.push({ observed: observe(waitOnce(pair, { signal: controller.signal })), controller });
          model.push('pending');
        } else if ('notifyOne' in it) {
          pair.changed.notifyOne();
          const first = model.indexOf('pending');
          if (first >= 0) model[first] = 'fulfilled';
        } else if ('notifyAll' in it) {
          pair.changed.notifyAll();
          for (const [index, state] of model.entries()) if (state === 'pending') model[index] = 'fulfilled';
        } else {
          const index = it.cancel % Math.max(1, waits.length);
          waits[index]?.controller.abort();
          if (model[index] === 'pending') model[index] = 'rejected';
        }
        await microtasks(30);
        expect(waits.map(({ observed }) => observed.state)).toEqual(model);
      }
      pair.changed.notifyAll();
      await microtasks(100);
      expect(mutex.isLocked).toBe(false);
      pair.changed[Symbol.dispose]();
      mutex[Symbol.dispose]();
    }),
    { numRuns: 40 },
  );
});
