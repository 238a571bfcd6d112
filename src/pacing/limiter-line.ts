/**
 * Those who wait for one limiter in one thread.
 *
 * Only the first of them holds a reservation among the threads, and the only timer. So a waiter that is cancelled, or
 * that a more urgent one goes before, leaves no hole: the reservation is the line's, and whoever is first uses it. The
 * threads take turns in the order in which they reserve, each for its first waiter.
 *
 * A line exists while it has waiters; with nobody waiting there is no timer and no wake-up.
 */
import { ReveilleError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import { type Deadline, deadlines } from '../signal/deadlines.ts';
import type { Gcra } from './gcra.ts';
import { LimiterQueue } from './limiter-queue.ts';
import type { LimiterWaiter } from './limiter-waiter.ts';
import { Reservation } from './reservation.ts';

const linesByArena = new WeakMap<Arena, Map<number, LimiterLine>>();

/** This thread's lines in `arena`, by the offset of the limiter. */
export function linesOf(arena: Arena): ReadonlyMap<number, LimiterLine> {
  return mapOf(arena);
}

/** This thread's line for a limiter; a new one if there is none and `create` says so. */
export function lineOf(gcra: Gcra, create: true): LimiterLine;
export function lineOf(gcra: Gcra): LimiterLine | undefined;
export function lineOf(gcra: Gcra, create = false): LimiterLine | undefined {
  const lines = mapOf(gcra.arena);
  let line = lines.get(gcra.offset);
  if (line?.isDisposed === true) {
    // Another thread has disposed the limiter, and its block is used for a new one.
    line.dissolve();
    line = undefined;
  }
  if (line === undefined && create) {
    line = new LimiterLine(gcra, () => lines.delete(gcra.offset));
    lines.set(gcra.offset, line);
  }
  return line;
}

function mapOf(arena: Arena): Map<number, LimiterLine> {
  let lines = linesByArena.get(arena);
  if (lines === undefined) linesByArena.set(arena, (lines = new Map<number, LimiterLine>()));
  return lines;
}

export class LimiterLine {
  readonly #gcra: Gcra;
  readonly #onEmpty: () => void;
  readonly #queue: LimiterQueue = new LimiterQueue();
  #reservation: Reservation | undefined;
  #timer: Deadline | undefined;
  #isServing = false;

  constructor(gcra: Gcra, onEmpty: () => void) {
    this.#gcra = gcra;
    this.#onEmpty = onEmpty;
  }

  /** How many wait. */
  get size(): number {
    return this.#queue.size;
  }

  get isDisposed(): boolean {
    return this.#gcra.isDisposed;
  }

  add(waiter: LimiterWaiter): void {
    this.#queue.append(waiter);
    if (this.#queue.head === waiter) this.#serve();
  }

  remove(waiter: LimiterWaiter): void {
    const wasHead = this.#queue.head === waiter;
    this.#queue.unlink(waiter);
    if (wasHead) this.#serve();
  }

  /** The limiter is no more: all waits fail. */
  dissolve(): void {
    this.#close();
    const error = new ReveilleError('The RateLimiter was disposed while it was waited for');
    for (let head = this.#queue.head; head !== undefined; head = this.#queue.head) {
      this.#queue.unlink(head);
      head.fail(error);
    }
  }

  /** Lets go whoever can go now, and sets the timer for the next. */
  readonly #serve = (): void => {
    // A waiter that is refused by another limiter may come back here.
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      this.#serveAll();
    } finally {
      this.#isServing = false;
    }
  };

  #serveAll(): void {
    const gcra = this.#gcra;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (gcra.isDisposed) return this.dissolve();
    for (let head = this.#queue.head; head !== undefined; head = this.#queue.head) {
      const at = gcra.now();
      const reservation = this.#reservationFor(head, at);
      if (!reservation.tryPass(at)) return this.#setTimer(gcra.milliseconds(at, reservation.due));
      this.#reservation = undefined;
      this.#queue.unlink(head);
      head.pass(gcra, at);
    }
    this.#reservation?.giveBack(gcra.now());
    this.#close();
  }

  #reservationFor({ count }: LimiterWaiter, at: number): Reservation {
    if (this.#reservation === undefined) this.#reservation = new Reservation(this.#gcra, count, at);
    else this.#reservation.resize(count);
    return this.#reservation;
  }

  #setTimer(ms: number): void {
    const time = deadlines();
    this.#timer = time.add(time.now() + ms, this.#serve);
  }

  #close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#reservation = undefined;
    this.#onEmpty();
  }
}
