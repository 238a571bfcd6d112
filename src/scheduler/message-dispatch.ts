/**
 * How tasks whose arguments travel by message get to a thread: one that has claimed such a task asks for them; one that
 * is idle is reserved, and sent them at once; and the only thread of a pool is sent them ahead (see sent-ahead.ts).
 */
import { IdleThreads, NO_THREAD } from './idle-threads.ts';
import type { Message } from './message-lane.ts';
import { AHEAD, CLAIMED, type Delivery, RESERVED } from './protocol.ts';
import type { RunControl } from './run-control.ts';
import type { TaskLedger } from './task-ledger.ts';

/** So many tasks whose arguments are moved are with the only thread of a pool at most, before it has begun them. */
const MOST_AHEAD = 256;
/** So many others are with it, beside those that it can run at the same time: enough that both copy all the time. */
const MOST_NEXT = 4;

export class MessageDispatch {
  readonly #ledger: TaskLedger;
  readonly #idle: IdleThreads;
  readonly #concurrency: number;

  /** @param concurrency - how many tasks a thread runs at the same time */
  constructor(ledger: TaskLedger, concurrency: number) {
    this.#ledger = ledger;
    this.#idle = new IdleThreads(ledger.region);
    this.#concurrency = concurrency;
  }

  /**
   * What the only thread is sent ahead cannot be run elsewhere if it dies: it gets no more of that than it needs to be
   * kept busy. It has more than it can run at the same time, so a task must end, which is heard of, before it needs
   * more.
   */
  get holdsBack(): boolean {
    const { backlog, slots, crew } = this.#ledger;
    return backlog.isMessageNext && slots.occupied >= this.#concurrency + MOST_NEXT && crew.onlyThread !== NO_THREAD;
  }

  /** A thread has claimed the slot. */
  sendToClaimant(slot: number, thread: number): void {
    this.#post(slot, thread, CLAIMED);
  }

  /** Sends a task in a slot to a thread past the queue. False if it must be queued. */
  send(slot: number): boolean {
    return this.#sendAhead(slot) || this.#sendToIdle(slot);
  }

  /** The only thread of the pool, if it may be sent the task that is submitted now; otherwise NO_THREAD. */
  threadForMoved(): number {
    const { backlog, slots, ahead } = this.#ledger;
    const thread = this.#threadAhead();
    if (thread === NO_THREAD || backlog.size !== 0 || !slots.anyFree) return NO_THREAD;
    return ahead.waiting(thread) < MOST_AHEAD ? thread : NO_THREAD;
  }

  /**
   * Sends a task in a slot to the only thread as it is submitted: what is moved need not be moved twice.
   *
   * @throws {DataCloneError} as the platform does, if the value cannot be posted; then nothing has been sent.
   */
  sendMoved(slot: number, message: Message, control: RunControl, thread: number): void {
    const { queue, crew, ahead, slots } = this.#ledger;
    queue.assign(slot, thread);
    crew.postArguments(thread, slot, message, AHEAD);
    control.aheadNumber = ahead.add(thread);
    slots.notePosted(control);
    this.#ledger.submitted++;
  }

  /** Sends it to the only thread. False if there are others, or other tasks come first. */
  #sendAhead(slot: number): boolean {
    const { ahead, slots } = this.#ledger;
    const thread = this.#threadAhead();
    const control = slots.controls[slot];
    if (thread === NO_THREAD || control === undefined || control.retriesLeft > 0) return false;
    this.#assign(slot, thread, AHEAD);
    control.aheadNumber = ahead.add(thread);
    return true;
  }

  /**
   * Sends it to a thread that has nothing to do: one hop instead of three, and it starts even if this thread blocks
   * right after. False when none is free for it.
   */
  #sendToIdle(slot: number): boolean {
    if (this.#ledger.queue.depth > 0) return false;
    const thread = this.#reserveThread();
    if (thread === NO_THREAD) return false;
    this.#assign(slot, thread, RESERVED);
    return true;
  }

  #assign(slot: number, thread: number, delivery: Delivery): void {
    this.#ledger.submitted++;
    this.#ledger.queue.assign(slot, thread);
    this.#post(slot, thread, delivery);
  }

  #post(slot: number, thread: number, delivery: Delivery): void {
    const { slots, crew } = this.#ledger;
    const control = slots.controls[slot];
    const message = control?.message;
    if (control === undefined || message === undefined) return;
    slots.notePosted(control);
    if (control.retriesLeft > 0 && message.repeatable) {
      // Another run may need them: what could be moved is cloned this time.
      crew.postArguments(thread, slot, { ...message, transfer: [] }, delivery);
      return;
    }
    control.message = undefined;
    crew.postArguments(thread, slot, message, delivery);
  }

  /** The only thread of the pool, if tasks may be sent to it past the queue. */
  #threadAhead(): number {
    return this.#ledger.queue.depth === 0 ? this.#ledger.crew.onlyThread : NO_THREAD;
  }

  /** A thread that is idle, or that holds no task and so will be idle in a moment. */
  #reserveThread(): number {
    const { crew, slots } = this.#ledger;
    const thread = this.#idle.reserve();
    if (thread !== NO_THREAD) return thread;
    return crew.readyThreads.find((index) => !slots.holdsAny(index) && this.#idle.reserveBusy(index)) ?? NO_THREAD;
  }
}
