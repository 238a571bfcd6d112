import { afterEach, describe, expect, test } from 'vitest';
import { defaultArena } from '../../src/memory/arena.ts';
import { revive } from '../../src/memory/shared-object.ts';
import { CancelToken } from '../../src/lifecycle/cancel-token.ts';
import { deadlines } from '../../src/signal/deadlines.ts';
import { ManualResetEvent } from '../../src/signal/manual-reset-event.ts';
import { waitAny, waitAnySync } from '../../src/signal/wait-any.ts';
import { localQueues } from '../../src/signal/local-waits.ts';
import { microtasks, observe } from '../signal/_settled.ts';
import { withFakeTime } from '../signal/_with-fake-time.ts';
import '../support/install-runtime.ts';

const made: Disposable[] = [];
function keep<T extends Disposable>(thing: T): T {
  made.push(thing);
  return thing;
}
afterEach(() => {
  for (const thing of made.splice(0).reverse()) thing[Symbol.dispose]();
  expect(defaultArena().stats().blocks).toBe(0);
  expect([...localQueues()]).toEqual([]);
});

describe('CancelToken', () => {
  test('is cancelled once, for the first reason', () => {
    const token = keep(new CancelToken());
    const reason = new Error('enough');
    expect([token.isCancelled, token.reason]).toEqual([false, undefined]);
    token.throwIfCancelled();
    expect(token.cancel(reason)).toBe(true);
    expect(token.cancel(new Error('too late'))).toBe(false);
    expect(token.isCancelled).toBe(true);
    expect(token.reason).toBe(reason);
    expect(() => token.throwIfCancelled()).toThrow(reason);
  });

  test('without a reason throws an AbortError, the same each time', () => {
    const token = keep(new CancelToken());
    token.cancel();
    expect(token.reason).toMatchObject({ name: 'AbortError', code: 'ERR_TASK_CANCELLED' });
    expect(token.reason).toBe(token.reason);
  });

  test('lets go all who wait, and who comes later does not wait', async () => {
    const token = keep(new CancelToken());
    const waits = [token.wait(), token.wait(), waitAny([new Promise(() => {}), token])];
    expect(token.tryWait()).toBe(false);
    token.cancel();
    expect(await Promise.all(waits)).toEqual([undefined, undefined, 1]);
    await token.wait();
    token.waitSync();
    expect(waitAnySync([token])).toBe(0);
  });

  test('ends a wait no sooner than its timeout, and rejects with the reason of a signal', async () => {
    await withFakeTime(async (time) => {
      const token = keep(new CancelToken());
      const late = observe(token.wait({ timeout: 10 }));
      const reason = new Error('no longer');
      const aborted = new AbortController();
      const wait = token.wait({ signal: aborted.signal });
      aborted.abort(reason);
      await expect(wait).rejects.toBe(reason);
      time.advanceTo(10);
      await microtasks();
      expect(late).toMatchObject({ state: 'rejected', error: { name: 'TimeoutError' } });
      expect(token.isCancelled).toBe(false);
    });
  });

  test.each([
    [
      'an error with a code and a cause',
      () => Object.assign(new RangeError('no', { cause: new Error('why') }), { code: 'E_NO' }),
    ],
    ['a plain value', () => ({ user: 7, tags: ['a'] })],
    ['a long text', () => 'x'.repeat(10_000)],
    ['null', () => null],
  ])('%s is the same reason wherever the handle arrives', (_, make) => {
    const token = keep(new CancelToken());
    const other = CancelToken.from(structuredClone(token.handle));
    token.cancel(make());
    expect(other.isCancelled).toBe(true);
    expect(other.reason).toEqual(make());
    expect((other.reason as Partial<Record<string, unknown>> | null)?.['code']).toBe(
      (make() as Partial<Record<string, unknown>> | null)?.['code'],
    );
    expect((revive(token.handle) as CancelToken).reason).toEqual(make());
  });

  test('a reason that no bytes can carry is at least described', () => {
    const token = keep(new CancelToken());
    const other = CancelToken.from(token.handle);
    token.cancel(new Error('gone', { cause: () => {} }));
    expect(String(other.reason)).toMatch(/gone/);
  });

  test('refuses wrong options and handles, naming them', () => {
    expect(() => new CancelToken({ timeout: '5' as never })).toThrow(
      /'timeout' to be a number of milliseconds, got '5'/,
    );
    expect(() => new CancelToken({ deadline: -1 })).toThrow(RangeError);
    expect(() => new CancelToken(null as never)).toThrow(/options of a CancelToken/);
    expect(() => CancelToken.from({} as never)).toThrow(/handle of a CancelToken/);
    expect(() => CancelToken.fromSignal({} as never)).toThrow(/'signal'/);
    const event = keep(new ManualResetEvent());
    expect(() => CancelToken.from(event.handle)).toThrow(/handle of a CancelToken .* kind/);
  });

  test('rejects those who wait when it is disposed, and refuses to be used after', async () => {
    const token = new CancelToken();
    const other = CancelToken.from(token.handle);
    const wait = other.wait();
    token[Symbol.dispose]();
    await expect(wait).rejects.toThrow(/CancelToken was disposed while it was waited for/);
    expect(() => token.cancel()).toThrow(/Cannot use the CancelToken: it was disposed/);
    expect(() => other.signal).toThrow(/disposed/);
    token[Symbol.dispose]();
  });

  test('gives its reason back to the arena when it is disposed', () => {
    const token = new CancelToken();
    token.cancel('x'.repeat(1_000));
    token[Symbol.dispose]();
    expect(defaultArena().stats().blocks).toBe(0);
  });
});

describe('the deadline of a CancelToken', () => {
  test('cancels it, neither early nor late, for who looks and for who waits', async () => {
    await withFakeTime(async (time) => {
      const token = keep(new CancelToken({ timeout: 250 }));
      const wait = observe(token.wait());
      const aborted = observe(new Promise((resolve) => token.signal.addEventListener('abort', resolve)));
      time.advanceTo(249.9);
      await microtasks();
      expect([token.isCancelled, wait.state, aborted.state]).toEqual([false, 'pending', 'pending']);
      time.advanceTo(250);
      await microtasks();
      expect([token.isCancelled, wait.state, aborted.state]).toEqual([true, 'fulfilled', 'fulfilled']);
      expect(token.reason).toMatchObject({ name: 'TimeoutError', code: 'ERR_DEADLINE_EXCEEDED' });
      expect(time.pendingTimers).toBe(0);
    });
  });

  test('needs no timer while nobody waits, and leaves none behind', async () => {
    await withFakeTime(async (time) => {
      const token = keep(new CancelToken({ timeout: 250 }));
      expect(time.pendingTimers).toBe(0);
      const event = keep(new ManualResetEvent());
      const wait = waitAny([token, event]);
      expect(time.pendingTimers).toBe(1);
      event.set();
      expect(await wait).toBe(1);
      expect(time.pendingTimers).toBe(0);
      time.advanceTo(250);
      expect(token.isCancelled).toBe(true);
    });
  });

  test('ends a wait that blocks the thread', () => {
    const token = keep(new CancelToken({ timeout: 5 }));
    token.waitSync({ allowBlocking: true });
    expect(token.reason).toMatchObject({ name: 'TimeoutError' });
    const other = keep(new CancelToken({ timeout: 5 }));
    expect(waitAnySync([keep(new ManualResetEvent()), other], { allowBlocking: true })).toBe(1);
  });

  test('is the earlier of timeout, deadline and what the parent has', async () => {
    await withFakeTime(async (time) => {
      time.advanceTo(1_000);
      const parent = keep(new CancelToken({ timeout: 500, deadline: 2_000 }));
      expect(parent.deadline).toBe(1_500);
      expect(keep(parent.child()).deadline).toBe(1_500);
      expect(keep(parent.child({ timeout: 100 })).deadline).toBe(1_100);
      expect(keep(parent.child({ timeout: 1_000 })).deadline).toBe(1_500);
      expect(CancelToken.from(parent.handle).deadline).toBe(1_500);
      expect(keep(new CancelToken()).deadline).toBe(Infinity);
    });
  });
});

describe('a child of a CancelToken', () => {
  test('is cancelled with its parent, for the same reason, and not the other way round', async () => {
    const parent = keep(new CancelToken());
    const child = keep(parent.child());
    const grandchild = keep(child.child());
    const sibling = keep(parent.child());
    sibling.cancel();
    expect([parent, child, grandchild, sibling].map((token) => token.isCancelled)).toEqual([false, false, false, true]);
    const waits = [grandchild.wait(), waitAny([child])];
    const { signal } = grandchild;
    const reason = new Error('all of it');
    parent.cancel(reason);
    await Promise.all(waits);
    expect([child.isCancelled, grandchild.isCancelled]).toEqual([true, true]);
    expect(grandchild.reason).toBe(reason);
    expect(signal.reason).toBe(reason);
  });

  test('of a token that is cancelled already is cancelled from the start', () => {
    const parent = keep(new CancelToken());
    parent.cancel();
    const child = keep(parent.child());
    expect(child.isCancelled).toBe(true);
    expect(child.signal.aborted).toBe(true);
  });

  test('descends from the same parent wherever its handle arrives', async () => {
    const parent = keep(new CancelToken());
    const child = keep(parent.child());
    const other = CancelToken.from(structuredClone(child.handle));
    const wait = other.wait();
    parent.cancel('over');
    await wait;
    expect([other.isCancelled, other.reason]).toEqual([true, 'over']);
  });

  test('goes on by itself when its parent was disposed', async () => {
    const parent = new CancelToken();
    const child = keep(parent.child());
    const { signal } = child;
    parent[Symbol.dispose]();
    // Takes the place of the parent.
    keep(new CancelToken()).cancel();
    await microtasks();
    expect([child.isCancelled, CancelToken.from(child.handle).isCancelled, signal.aborted]).toEqual([
      false,
      false,
      false,
    ]);
    expect(() => parent.child()).toThrow(/disposed/);
    child.cancel();
    expect([child.isCancelled, signal.aborted]).toEqual([true, true]);
  });

  test('leaves nothing in its parent when it ends: not after 100,000 of them', async () => {
    const parent = keep(new CancelToken());
    const { signal } = parent;
    const { used } = defaultArena().stats();
    for (let i = 0; i < 100_000; i++) {
      const child = parent.child({ timeout: 60_000 });
      if (i % 100 === 0) {
        void child.signal;
        if (i % 200 === 0) child.cancel('done');
      }
      child[Symbol.dispose]();
    }
    await microtasks();
    // One place for a child and one for its reason, used over and over.
    expect(defaultArena().stats().used - used).toBeLessThanOrEqual(1_024);
    expect(deadlines().size).toBe(0);
    // What is left waits for the parent: its own signal.
    expect([...localQueues()].map((queue) => [queue.primitive.handle.offset, queue.head === queue.tail])).toEqual([
      [parent.handle.offset, true],
    ]);
    expect(signal.aborted).toBe(false);
  });
});

describe('a CancelToken and AbortSignals', () => {
  test('its signal is aborted in the step in which it is cancelled', () => {
    const token = keep(new CancelToken());
    const { signal } = token;
    expect(signal.aborted).toBe(false);
    const reason = new Error('stop');
    token.cancel(reason);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(reason);
  });

  test('there is one signal in a thread, however many objects stand for the token', () => {
    const token = keep(new CancelToken());
    const { signal } = token;
    for (let i = 0; i < 10; i++) expect(CancelToken.from(token.handle).signal).toBe(signal);
  });

  test('a signal of a token that was disposed is not that of the next one in its place', () => {
    const token = new CancelToken();
    const { signal } = token;
    token[Symbol.dispose]();
    const next = keep(new CancelToken());
    expect(next.handle.offset).toBe(token.handle.offset);
    next.signal.addEventListener('abort', () => {});
    next.cancel();
    expect([signal.aborted, next.signal.aborted]).toEqual([false, true]);
  });

  test('a token made of a signal is cancelled with it, until it is disposed', () => {
    const controller = new AbortController();
    const reason = new Error('closed');
    const [first, second] = [
      keep(CancelToken.fromSignal(controller.signal)),
      CancelToken.fromSignal(controller.signal),
    ];
    second[Symbol.dispose]();
    controller.abort(reason);
    expect(first.reason).toBe(reason);
    const third = keep(CancelToken.fromSignal(controller.signal));
    expect(third.reason).toBe(reason);
  });
});
