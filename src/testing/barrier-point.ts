/**
 * A place in the code under test at which a test holds whoever comes, on any thread, until it lets them go on: to make
 * an interleaving happen rather than hope for it.
 *
 * Its block in the arena, written once by its maker and read by those who attach:
 *
 *     word 0  arrivals   offset of a semaphore: one permit for each arrival that nobody has waited for
 *     word 1  gate       offset of a semaphore: one permit for each who may go on
 *     word 2  opened     offset of an event: set while everybody may go on
 *     word 3  held       how many are held now
 *     word 4  length     of the name
 *     then the name, in UTF-16
 *
 * All waiting is that of these three primitives. A thread that dies while it is held stays counted in `held`; it keeps
 * nothing of anybody.
 */
import { Arena, defaultArena } from '../memory/arena.ts';
import { add, load, store, sub } from '../memory/atomic.ts';
import { type Handle, registerKind, SharedObject } from '../memory/shared-object.ts';
import { DeadlineExceededError } from '../errors.ts';
import { ManualResetEvent } from '../signal/manual-reset-event.ts';
import { KIND } from '../signal/primitive-block.ts';
import { Semaphore } from '../signal/semaphore.ts';
import { checkWaitOptions, describe, type SyncWaitOptions, type WaitOptions } from '../signal/wait-options.ts';
import { waitAny, waitAnySync } from '../signal/wait-any.ts';
import { realDeadlines } from './real-time.ts';

/** In handles and in the arena's reports. */
export const BARRIER_POINT_KIND = 0x0501;

const ARRIVALS = 0;
const GATE = 1;
const OPENED = 2;
const HELD = 3;
const LENGTH = 4;
const NAME_OFFSET = 20;
const DEFAULT_TIMEOUT_MS = 4_000;

/** Those of this thread, by name. */
const armed = new Map<string, BarrierPoint>();
const NOTHING: Promise<void> = Promise.resolve();

/** See {@linkcode barrierPoint}. */
export class BarrierPoint extends SharedObject implements Disposable {
  /** Where it lives. It also passes to a task as itself, if the task's module imports `reveille/testing`. */
  readonly handle: Handle;
  readonly name: string;
  readonly #arena: Arena;
  readonly #generation: number;
  readonly #base: number;
  readonly #arrivals: Semaphore;
  readonly #gate: Semaphore;
  readonly #opened: ManualResetEvent;

  private constructor(handle: Handle) {
    super();
    this.handle = handle;
    const arena = Arena.attach(handle.buffer);
    const base = handle.offset >> 2;
    const offsetOf = (word: number): number => load(arena.i32, base + word);
    const { buffer } = arena;
    this.#arena = arena;
    this.#base = base;
    this.#generation = arena.generation(handle.offset);
    this.#arrivals = Semaphore.from({ buffer, kind: KIND.semaphore, offset: offsetOf(ARRIVALS) });
    this.#gate = Semaphore.from({ buffer, kind: KIND.semaphore, offset: offsetOf(GATE) });
    this.#opened = ManualResetEvent.from({ buffer, kind: KIND.manualResetEvent, offset: offsetOf(OPENED) });
    const units = new Uint16Array(buffer, handle.offset + NAME_OFFSET, offsetOf(LENGTH));
    this.name = String.fromCharCode(...units);
    armed.set(this.name, this);
  }

  /** @internal */
  static create(name: string): BarrierPoint {
    const arena = defaultArena();
    const offset = arena.allocate(NAME_OFFSET + name.length * 2, BARRIER_POINT_KIND);
    const units = new Uint16Array(arena.buffer, offset + NAME_OFFSET, name.length);
    for (let i = 0; i < name.length; i++) units[i] = name.charCodeAt(i);
    const base = offset >> 2;
    store(arena.i32, base + LENGTH, name.length);
    store(arena.i32, base + ARRIVALS, new Semaphore(0).handle.offset);
    store(arena.i32, base + GATE, new Semaphore(0).handle.offset);
    store(arena.i32, base + OPENED, new ManualResetEvent().handle.offset);
    return new BarrierPoint({ buffer: arena.buffer, kind: BARRIER_POINT_KIND, offset });
  }

  /** The point that a handle stands for, in this thread, where `point(name)` then holds as well. */
  static from(handle: Handle): BarrierPoint {
    if (handle?.kind !== BARRIER_POINT_KIND) throw new TypeError('Expected the handle of a barrierPoint');
    return new BarrierPoint(handle);
  }

  /** How many are held at the moment, on all threads. */
  get held(): number {
    return load(this.#arena.i32, this.#base + HELD);
  }

  /** The code under test: tells that it is here, and waits until it may go on. */
  async hit(options: WaitOptions = {}): Promise<void> {
    this.#arrive();
    try {
      await waitAny([this.#opened, this.#gate], options);
    } finally {
      this.#leave();
    }
  }

  /** As {@linkcode hit}, by blocking the thread. */
  hitSync(options: SyncWaitOptions = {}): void {
    this.#arrive();
    try {
      waitAnySync([this.#opened, this.#gate], options);
    } finally {
      this.#leave();
    }
  }

  /**
   * The test: waits until `count` more have come, each counted once over all calls.
   *
   * @throws {DeadlineExceededError} after `timeout` milliseconds (4000 unless told), which says how many came; the
   *   signal's reason
   */
  async arrived(count = 1, options: WaitOptions = {}): Promise<void> {
    checkWaitOptions(options);
    const { timeout = DEFAULT_TIMEOUT_MS, signal, ref = true } = options;
    signal?.throwIfAborted();
    const end = new AbortController();
    const abort = (): void => end.abort(signal?.reason);
    signal?.addEventListener('abort', abort);
    const deadline = realDeadlines.add(realDeadlines.now() + timeout, () => {
      const came = `${this.#arrivals.available} of ${count} came within ${timeout} ms, ${this.held} are held`;
      end.abort(new DeadlineExceededError(`barrierPoint '${this.name}': ${came}`));
    });
    try {
      await this.#arrivals.acquire(count, { signal: end.signal, ref });
    } finally {
      deadline.cancel();
      signal?.removeEventListener('abort', abort);
    }
  }

  /** The test: lets `count` go on, those who came first on each thread; who is not there yet will not be held. */
  release(count = 1): void {
    this.#gate.release(count);
  }

  /** The test: lets everybody go on, now and from now on. */
  open(): void {
    this.#opened.set();
  }

  /** The test: holds again whoever comes. */
  close(): void {
    this.#opened.reset();
  }

  /** Gives its memory back, once nobody will come here any more. Who is held is rejected. */
  [Symbol.dispose](): void {
    if (armed.get(this.name) === this) armed.delete(this.name);
    if (this.#arena.generation(this.handle.offset) !== this.#generation) return;
    this.#arena.free(this.handle.offset);
    for (const part of [this.#arrivals, this.#gate, this.#opened]) part[Symbol.dispose]();
  }

  #arrive(): void {
    add(this.#arena.i32, this.#base + HELD, 1);
    this.#arrivals.release();
  }

  #leave(): void {
    if (this.#arena.generation(this.handle.offset) === this.#generation) sub(this.#arena.i32, this.#base + HELD, 1);
  }
}

registerKind(BARRIER_POINT_KIND, BarrierPoint.from);

/**
 * Makes a point at which the test holds the code under test. That calls `point(name)`, or has been given the point and
 * calls `hit()`.
 *
 * @example
 * ```ts
 * using checked = barrierPoint('checked');       // in the code: await point('checked')
 * const first = withdraw(account, 80);
 * const second = withdraw(account, 80);
 * await checked.arrived(2);                      // both have looked at the balance
 * checked.open();
 * await expect(Promise.all([first, second])).rejects.toThrow('Insufficient funds');
 * ```
 */
export function barrierPoint(name: string): BarrierPoint {
  if (typeof name !== 'string') throw new TypeError(`Expected 'name' to be a string, got ${describe(name)}`);
  if (armed.has(name)) throw new RangeError(`Cannot make the barrierPoint '${name}': this thread has one of that name`);
  return BarrierPoint.create(name);
}

/**
 * In the code under test: holds here if a test has made the point `name`, or this thread was given it; otherwise it is
 * nothing.
 */
export function point(name: string, options: WaitOptions = {}): Promise<void> {
  return armed.get(name)?.hit(options) ?? NOTHING;
}

/** As {@linkcode point}, by blocking the thread. */
export function pointSync(name: string, options: SyncWaitOptions = {}): void {
  armed.get(name)?.hitSync(options);
}
