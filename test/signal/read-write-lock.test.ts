import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { DeadlockError, WouldBlockError } from '../../src/errors.ts';
import { defaultArena } from '../../src/memory/arena.ts';
import { forgetThread } from '../../src/signal/forget-thread.ts';
import { OWN, STATE } from '../../src/signal/primitive-block.ts';
import type { ReadWriteGuard } from '../../src/signal/read-write-guard.ts';
import { ReadWriteLock } from '../../src/signal/read-write-lock.ts';
import { waitAny } from '../../src/signal/wait-any.ts';
import '../support/install-runtime.ts';
import { microtasks, observe, type Observed } from './_settled.ts';

const locks: ReadWriteLock[] = [];
function make(): ReadWriteLock {
  const lock = new ReadWriteLock();
  locks.push(lock);
  return lock;
}
afterEach(() => {
  for (const lock of locks.splice(0)) lock[Symbol.dispose]();
  expect(defaultArena().stats().blocks).toBe(0);
});

const states = (observed: Array<Observed<ReadWriteGuard>>): string[] => observed.map(({ state }) => state);

describe('ReadWriteLock', () => {
  test('is read by many and written by one', async () => {
    const lock = make();
    const readers = [await lock.read(), lock.readSync(), lock.tryRead()];
    expect(readers.map((guard) => guard?.mode)).toEqual(['read', 'read', 'read']);
    expect([lock.isWriteLocked, lock.readingThreads, lock.tryWrite()]).toEqual([false, 1, undefined]);
    const writer = observe(lock.write());
    await microtasks();
    expect(writer.state).toBe('pending');
    for (const guard of readers) guard?.release();
    await microtasks();
    expect([writer.value?.mode, lock.isWriteLocked, lock.readingThreads]).toEqual(['write', true, 0]);
    expect([lock.tryRead(), lock.tryWrite()]).toEqual([undefined, undefined]);
    writer.value?.release();
    expect(lock.isWriteLocked).toBe(false);
  });

  test('a writer that waits keeps new readers out, so that it is not starved', async () => {
    const lock = make();
    const first = await lock.read();
    const writer = observe(lock.write());
    const second = observe(lock.read());
    await microtasks();
    expect([lock.tryRead(), second.state]).toEqual([undefined, 'pending']);
    first.release();
    await microtasks();
    expect([writer.state, second.state]).toEqual(['fulfilled', 'pending']);
    writer.value?.release();
    await microtasks();
    expect(second.state).toBe('fulfilled');
  });

  test('a writer that no longer waits lets the readers in that it kept out', async () => {
    const lock = make();
    const first = await lock.read();
    const controller = new AbortController();
    const writer = observe(lock.write({ signal: controller.signal }));
    const others = [observe(lock.read()), observe(lock.read())];
    await microtasks();
    controller.abort();
    await microtasks();
    expect([writer.state, ...states(others)]).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    await expect(lock.write({ timeout: 1 })).rejects.toThrow('ReadWriteLock.write did not succeed within 1 ms');
    expect(lock.tryRead()).toBeDefined();
    first.release();
  });

  test('a guard is released once, however often it is asked to', async () => {
    const lock = make();
    const one = await lock.read();
    const other = await lock.read();
    one.release();
    one.release();
    one[Symbol.dispose]();
    expect([one.isHeld, other.isHeld, lock.readingThreads]).toEqual([false, true, 1]);
    other.release();
    const writer = await lock.write();
    writer.release();
    const next = lock.tryWrite();
    writer.release();
    expect(lock.isWriteLocked).toBe(true);
    next?.release();
  });

  test('a thread that blocks for what it keeps itself is told at once', async () => {
    const lock = make();
    const reader = await lock.read();
    expect(() => lock.writeSync({ allowBlocking: true })).toThrow(DeadlockError);
    const writer = observe(lock.write());
    // The writer of this very thread waits in its event loop: a reader that blocks goes before it.
    lock.readSync({ allowBlocking: true }).release();
    reader.release();
    await microtasks();
    expect(() => lock.readSync({ allowBlocking: true })).toThrow(/readSync: it has the lock itself/);
    expect(() => lock.writeSync({ allowBlocking: true })).toThrow(DeadlockError);
    writer.value?.release();
    lock.writeSync().release();
  });

  test('an event-loop thread is refused to block for another', () => {
    const lock = make();
    lock.words[lock.base + STATE] = 0x100 | 41;
    expect(() => lock.readSync()).toThrow(WouldBlockError);
    expect(() => lock.writeSync()).toThrow(WouldBlockError);
    expect(() => lock.readSync({ allowBlocking: true, timeout: 1 })).toThrow('ReadWriteLock.readSync did not succeed');
    expect(() => lock.writeSync({ allowBlocking: true, timeout: 1 })).toThrow('ReadWriteLock.writeSync did not');
    lock.words[lock.base + STATE] = 0;
  });

  test('is not waited for without saying what for', async () => {
    await expect(waitAny([make()])).rejects.toThrow('use its read or write');
  });

  test('a guard may be released after the lock was disposed; whoever waits is told', async () => {
    const lock = new ReadWriteLock();
    const reader = await lock.read();
    const writer = observe(lock.write());
    await microtasks();
    lock[Symbol.dispose]();
    reader.release();
    await microtasks();
    expect((writer.error as Error).message).toMatch(/ReadWriteLock was disposed/);
  });
});

describe('a thread that dies', () => {
  const thread = 40;

  test('while it writes hands the lock on: all are told until one has written', async () => {
    const lock = make();
    lock.words[lock.base + STATE] = 0x100 | (thread + 1);
    const waits = [observe(lock.read()), observe(lock.write()), observe(lock.read())];
    await microtasks();
    forgetThread(defaultArena(), thread);
    for (const [index, told] of [true, true, false].entries()) {
      await microtasks();
      expect(waits[index]?.value?.wasAbandoned).toBe(told);
      waits[index]?.value?.release();
    }
  });

  test('while it waits to write, or reads, leaves nothing to be told', async () => {
    const lock = make();
    lock.words[lock.base + STATE] = thread + 1;
    lock.words[lock.base + OWN + 1] = 1 << (thread - 32);
    const waits = [observe(lock.write()), observe(lock.read())];
    await microtasks();
    expect(states(waits)).toEqual(['pending', 'pending']);
    forgetThread(defaultArena(), thread);
    for (const wait of waits) {
      await microtasks();
      expect(wait.value?.wasAbandoned).toBe(false);
      wait.value?.release();
    }
  });
});

test('any sequence of reads, writes, releases and cancels gives the holds of a queue', async () => {
  const step = fc.oneof(
    fc.constant({ ask: 'read' as const }),
    fc.constant({ ask: 'write' as const }),
    fc.record({ release: fc.nat() }),
    fc.record({ cancel: fc.nat() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const lock = new ReadWriteLock();
      const model = new Model();
      const waits: Array<{ observed: Observed<ReadWriteGuard>; controller: AbortController }> = [];
      for (const it of steps) {
        if ('ask' in it) {
          const controller = new AbortController();
          waits.push({ observed: observe(lock[it.ask]({ signal: controller.signal })), controller });
          model.ask(it.ask);
        } else if ('release' in it) {
          const index = it.release % Math.max(1, waits.length);
          waits[index]?.observed.value?.release();
          model.release(index);
        } else {
          const index = it.cancel % Math.max(1, waits.length);
          waits[index]?.controller.abort();
          model.cancel(index);
        }
        await microtasks(5);
        expect(waits.map(({ observed }) => observed.state)).toEqual(model.states);
        expect(lock.readingThreads).toBe(model.readers > 0 ? 1 : 0);
      }
      for (const { controller } of waits) controller.abort();
      lock[Symbol.dispose]();
    }),
    { numRuns: 60 },
  );
});

/** First come, first served; readers that come one after the other read together. */
class Model {
  readonly states: Array<'pending' | 'fulfilled' | 'rejected'> = [];
  readonly #modes: Array<'read' | 'write'> = [];
  readonly #holding = new Set<number>();
  #queue: number[] = [];

  get readers(): number {
    return [...this.#holding].filter((index) => this.#modes[index] === 'read').length;
  }

  ask(mode: 'read' | 'write'): void {
    this.#modes.push(mode);
    this.#queue.push(this.states.push('pending') - 1);
    this.#serve();
  }

  release(index: number): void {
    this.#holding.delete(index);
    this.#serve();
  }

  cancel(index: number): void {
    if (this.states[index] !== 'pending') return;
    this.states[index] = 'rejected';
    this.#queue = this.#queue.filter((each) => each !== index);
    this.#serve();
  }

  #serve(): void {
    for (let [first] = this.#queue; first !== undefined; [first] = this.#queue) {
      const isFree = this.#modes[first] === 'read' ? this.#holding.size === this.readers : this.#holding.size === 0;
      if (!isFree) return;
      this.#queue.shift();
      this.#holding.add(first);
      this.states[first] = 'fulfilled';
    }
  }
}
