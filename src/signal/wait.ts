/**
 * One wait, for one thing or for the first of several, in one thread.
 *
 * A wait has one waiter per primitive; each is an element of that primitive's queue in this thread (wait-set.ts). A
 * waiter that takes what its primitive has decides the wait, in the same synchronous step in which all the others leave
 * their queues. So nothing is ever taken for a wait that has already been decided, cancelled or timed out. Where a
 * primitive holds something for its waiter meanwhile (an arrival at a barrier), that is withdrawn first, and what the
 * waiter has passed by then decides the wait (wait-set.ts).
 */
import type { Primitive } from './primitive.ts';

/** The place of one wait in the queue of one primitive. */
export class Waiter {
  readonly wait: Wait;
  readonly primitive: Primitive;
  /** Which of the things waited for this is. */
  readonly index: number;
  /** How much it asks for: permits of a semaphore. */
  readonly amount: number;
  /** What it compares with: the state of an event when the wait began, the generation of a barrier that it came to. */
  seen: number;
  /** How often something became available that went elsewhere while this waiter was first in its queue. */
  passedOver = 0;
  /** Whether the primitive holds something for it (a reservation, an arrival), withdrawn if it does not go on. */
  isHeld = false;
  queue: WaitQueue | undefined;
  previous: Waiter | undefined;
  next: Waiter | undefined;

  constructor(wait: Wait, primitive: Primitive, index: number, amount: number, seen: number) {
    this.wait = wait;
    this.primitive = primitive;
    this.index = index;
    this.amount = amount;
    this.seen = seen;
  }
}

/** This thread's waiters for one primitive, first come first. */
export class WaitQueue {
  readonly primitive: Primitive;
  head: Waiter | undefined;
  tail: Waiter | undefined;
  /** The version at which the head last tried and failed. */
  tried: number | undefined;
  /** Whether it is on the list of queues to look at. */
  isTouched = false;
  isClosed = false;

  constructor(primitive: Primitive) {
    this.primitive = primitive;
  }

  append(waiter: Waiter): void {
    waiter.queue = this;
    waiter.previous = this.tail;
    if (this.tail === undefined) this.head = waiter;
    else this.tail.next = waiter;
    this.tail = waiter;
  }

  prepend(waiter: Waiter): void {
    waiter.queue = this;
    waiter.next = this.head;
    if (this.head === undefined) this.tail = waiter;
    else this.head.previous = waiter;
    this.head = waiter;
  }

  /** Returns whether the waiter was the head. */
  unlink(waiter: Waiter): boolean {
    const wasHead = this.head === waiter;
    if (waiter.previous === undefined) this.head = waiter.next;
    else waiter.previous.next = waiter.next;
    if (waiter.next === undefined) this.tail = waiter.previous;
    else waiter.next.previous = waiter.previous;
    waiter.queue = undefined;
    waiter.previous = undefined;
    waiter.next = undefined;
    return wasHead;
  }
}

/** A wait from its start until it is decided. */
export class Wait {
  readonly waiters: Waiter[] = [];
  /** Whether it stays behind those of its thread that came before it, also where it blocks the thread. */
  readonly inTurn: boolean = false;
  isSettled = false;
  hasFailed = false;
  error: unknown;
  /** Which of the things waited for came first. */
  winner = -1;
  /** The method that waits, and since when on the runtime's clock: for reports. */
  what = '';
  since = 0;
  /** Whether the process does not end before it. */
  holdsLoop = false;
  /** Called once, when the wait is decided, after all its waiters have left their queues. */
  onSettled: (() => void) | undefined;

  /** Milliseconds until one of the things waited for changes by itself; nobody rings for that. Infinity: none does. */
  get changesIn(): number {
    let least = Infinity;
    for (const { primitive } of this.waiters) least = Math.min(least, primitive.changesIn);
    return least;
  }

  add(primitive: Primitive, index: number, amount = 1): void {
    this.waiters.push(new Waiter(this, primitive, index, amount, primitive.observe()));
  }

  /** Takes back what primitives hold for it. Returns the place of one that it has passed by now, if there is any. */
  withdraw(thread: number): Waiter | undefined {
    let passed: Waiter | undefined;
    for (const waiter of this.waiters) {
      const { primitive } = waiter;
      if (!waiter.isHeld || primitive.isDisposed) continue;
      primitive.withdraw(waiter, thread);
      if (waiter.isHeld) passed ??= waiter;
    }
    return passed;
  }
}
