/**
 * All the waiters of this thread: which primitives it waits for, and what it does when it is rung.
 *
 * Waiters are ordinary objects in one list per primitive, so cancelling one costs O(1) and touches no shared word
 * unless it was the last for its primitive. The thread itself is what other threads see: one bit in the primitive's
 * block.
 *
 *     to wait    ticket; link the waiters and set the bits; try; park on the ticket
 *     on a ring  ticket; try the head of every queue for as long as it succeeds (all where order does not matter);
 *                park on the ticket
 *     a queue is empty       clear the bit; if something is left there, ring another thread
 *     a head cannot go on    if something is left there, ring another thread, once for each version
 *
 * The ticket is taken before any look at shared state, so a change after the look makes parking impossible
 * (doorbell.ts); why that suffices is said in primitive-block.ts.
 */
import { ReveilleError } from '../errors.ts';
import { runtime } from '../runtime.ts';
import { Doorbell, SEVERAL } from './doorbell.ts';
import { join, leave } from './primitive-block.ts';
import type { Primitive } from './primitive.ts';
import { type Wait, type Waiter, WaitQueue } from './wait.ts';

let current: WaitSet | undefined;

/** The waiters of one thread. */
export class WaitSet {
  readonly doorbell: Doorbell;
  /** By the primitive's offset. A queue is here exactly while it has waiters, and then the thread's bit is set. */
  readonly #queues = new Map<number, WaitQueue>();
  /** Queues to look at. A loop rather than recursion: deciding one wait may let any number of others go on. */
  readonly #touched: WaitQueue[] = [];
  #isLooking = false;

  constructor(doorbell: Doorbell) {
    this.doorbell = doorbell;
    doorbell.listen(this.#onRing);
  }

  /** The set of this thread, which is attached to the default arena if it is not yet. */
  static current(): WaitSet {
    const doorbell = Doorbell.current();
    if (current?.doorbell !== doorbell) current = new WaitSet(doorbell);
    return current;
  }

  /** The set of this thread, if it has waited for anything yet. */
  static get existing(): WaitSet | undefined {
    return current;
  }

  /** Starts `wait`, behind those that already wait. It may be settled when this returns. */
  start(wait: Wait): void {
    if (wait.isSettled) return;
    const ticket = this.doorbell.ticket();
    this.#link(wait, false);
    this.#park(ticket);
  }

  /** Ends a wait that is not decided yet: what it asked for goes to others. */
  abandon(wait: Wait, error: unknown): void {
    if (!wait.isSettled) this.#end(wait, -1, error);
    this.#look();
  }

  /** Decides a wait by something other than its primitives. */
  decide(wait: Wait, winner: number): void {
    if (!wait.isSettled) this.#end(wait, winner, undefined);
    this.#look();
  }

  /**
   * Blocks until `wait` is settled or `until` (on the runtime's clock) has come. It goes before what this thread waits
   * for asynchronously: none of that can run while the thread is blocked; unless it is to stay in turn, where it is
   * answered after those before it. Rings for others are answered meanwhile.
   */
  block(wait: Wait, until: number): void {
    const ticket = this.doorbell.ticket();
    this.#link(wait, !wait.inTurn);
    this.#blockOn(wait, ticket, until);
    if (this.#queues.size === 0) return;
    // The event loop may have parked on an older ticket, or not at all if the first waiter came while blocked.
    const next = this.doorbell.ticket();
    this.#touchAll();
    this.#park(next);
  }

  /** Whether anything of this thread waits for the primitive at `offset`. */
  hasWaiters(offset: number): boolean {
    return this.#queues.has(offset);
  }

  /** What waits, by primitive. */
  queues(): Iterable<WaitQueue> {
    return this.#queues.values();
  }

  /** Looks at one primitive, as a ring would, but now. */
  lookAt(offset: number): void {
    const queue = this.#queues.get(offset);
    if (queue === undefined) return;
    this.#touch(queue);
    this.#look();
  }

  readonly #onRing = (): void => {
    if (this.#queues.size === 0) return;
    const ticket = this.doorbell.ticket();
    this.#touchAll();
    this.#park(ticket);
  };

  #blockOn(wait: Wait, firstTicket: number, until: number): void {
    const [waiter] = wait.waiters;
    const blockedOn = wait.waiters.length === 1 ? waiter?.primitive.handle.offset : SEVERAL;
    let ticket = firstTicket;
    for (;;) {
      this.#look();
      if (wait.isSettled) return;
      const left = until - runtime().now();
      if (left <= 0) return;
      this.doorbell.parkSync(ticket, Math.min(left, wait.changesIn), blockedOn);
      ticket = this.doorbell.ticket();
      this.#touchAll();
    }
  }

  #park(ticket: number): void {
    this.#look();
    if (this.#queues.size > 0) this.doorbell.arm(ticket);
  }

  #link(wait: Wait, first: boolean): void {
    for (const waiter of wait.waiters) {
      const queue = this.#queueOf(waiter.primitive);
      if (first) queue.prepend(waiter);
      else queue.append(waiter);
      this.#touch(queue);
    }
  }

  #queueOf(primitive: Primitive): WaitQueue {
    const { offset } = primitive.handle;
    const known = this.#queues.get(offset);
    if (known !== undefined) {
      if (known.primitive.generation === primitive.generation) return known;
      // Another thread disposed the old primitive, and the block is already used for a new one.
      this.#drop(known);
    }
    const queue = new WaitQueue(primitive);
    this.#queues.set(offset, queue);
    join(primitive.words, primitive.base, this.doorbell.thread);
    return queue;
  }

  #touch(queue: WaitQueue): void {
    if (queue.isTouched) return;
    queue.isTouched = true;
    this.#touched.push(queue);
  }

  #touchAll(): void {
    for (const queue of this.#queues.values()) this.#touch(queue);
  }

  #look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      // The list grows while it is walked.
      for (let i = 0; i < this.#touched.length; i++) {
        const queue = this.#touched[i] as WaitQueue;
        queue.isTouched = false;
        if (!queue.isClosed) this.#answer(queue);
      }
    } finally {
      this.#touched.length = 0;
      this.#isLooking = false;
    }
  }

  #answer(queue: WaitQueue): void {
    const { primitive } = queue;
    if (primitive.isDisposed) return this.#drop(queue);
    const { thread } = this.doorbell;
    // Before trying: whatever makes the version move after this read rings again.
    const version = primitive.version;
    this.#serve(queue);
    const { head } = queue;
    if (head === undefined || queue.tried === version) return;
    const isFirstTry = queue.tried === undefined;
    queue.tried = version;
    // A reservation may be had after the permits came: look again.
    if (!isFirstTry && primitive.reserve(head, thread)) this.#touch(queue);
    primitive.passOn(thread);
  }

  /** Lets go those who can; where order matters, nobody before the head. */
  #serve(queue: WaitQueue): void {
    let waiter = queue.head;
    while (waiter !== undefined) {
      const { next } = waiter;
      if (this.#letGo(waiter)) {
        // The next one is gone as well if it was of the same wait.
        waiter = next?.queue === queue ? next : queue.head;
      } else {
        waiter = queue.primitive.isOrdered ? undefined : next;
      }
    }
  }

  #letGo(waiter: Waiter): boolean {
    const { wait, primitive } = waiter;
    try {
      if (!primitive.tryTake(waiter, this.doorbell.thread)) return false;
    } catch (error) {
      // What it asked for can never be had.
      this.#end(wait, -1, error);
      return true;
    }
    if (this.#end(wait, waiter.index, undefined) !== waiter.index) primitive.giveBack(waiter.amount);
    return true;
  }

  /**
   * Decides `wait` and returns the winner: not `winner` if it turns out that the wait has passed a primitive that held
   * something for it. What it held cannot be withdrawn then, so nothing else can win or end the wait any more.
   */
  #end(wait: Wait, winner: number, error: unknown): number {
    // What is withdrawn may be another one's of this thread, which looks once this wait has left its queues.
    const isLooking = this.#isLooking;
    this.#isLooking = true;
    const passed = wait.withdraw(this.doorbell.thread);
    this.#isLooking = isLooking;
    this.#settle(wait, passed?.index ?? winner, error);
    return wait.winner;
  }

  #settle(wait: Wait, winner: number, error: unknown): void {
    wait.isSettled = true;
    wait.winner = winner;
    wait.hasFailed = winner < 0;
    wait.error = error;
    for (const waiter of wait.waiters) {
      const { queue } = waiter;
      if (queue === undefined) continue;
      const wasHead = queue.unlink(waiter);
      if (queue.isClosed) continue;
      if (queue.head === undefined) this.#close(queue);
      else if (wasHead) this.#touch(queue);
    }
    wait.onSettled?.();
  }

  #close(queue: WaitQueue): void {
    const { primitive } = queue;
    queue.isClosed = true;
    this.#queues.delete(primitive.handle.offset);
    if (primitive.isDisposed) return;
    leave(primitive.words, primitive.base, this.doorbell.thread);
    primitive.passOn(this.doorbell.thread);
  }

  /** The primitive is gone, and its block perhaps in use for something else: nobody touches it any more. */
  #drop(queue: WaitQueue): void {
    const { primitive } = queue;
    queue.isClosed = true;
    this.#queues.delete(primitive.handle.offset);
    const error = new ReveilleError(`The ${primitive.name} was disposed while it was waited for`);
    while (queue.head !== undefined) this.#end(queue.head.wait, -1, error);
  }
}
