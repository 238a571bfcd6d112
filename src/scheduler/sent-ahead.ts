/**
 * Tasks by message that the only thread of a pool is sent before it asks for them.
 *
 * To ask for a message and to wait for it takes a way there and back through two event loops. Where there is a choice
 * of threads that is worth it, since no task must wait behind a running one while another thread is free. Where there
 * is but one thread, it is not.
 *
 *     pool:    the queue is empty: post the message, SENT + 1, perhaps publish another task after that
 *     thread:  a message has come: received + 1; an entry of the queue is seen: claim it unless SENT > received
 *
 * The pool adds to SENT before it publishes the next task, and the thread reads it after it has seen that task, so they
 * begin in the order in which they came. A message may come before it has been counted: received is then ahead. BEGUN
 * says how far the thread has got: what it has not begun can still be cancelled without a trace.
 */
import { load, store } from '../memory/atomic.ts';
import { BEGUN, type Region, SENT } from './layout.ts';

/** The pool's end. */
export class SentAhead {
  readonly #region: Region;

  constructor(region: Region) {
    this.#region = region;
  }

  /** The thread is new: nothing was sent to it. */
  reset(thread: number): void {
    const at = this.#region.control(thread);
    store(this.#region.i32, at + SENT, 0);
    store(this.#region.i32, at + BEGUN, 0);
  }

  /** A task was posted to the thread. Returns its number, counted from 1. */
  add(thread: number): number {
    const at = this.#region.control(thread) + SENT;
    const number = ((this.#region.i32[at] as number) + 1) | 0;
    store(this.#region.i32, at, number);
    return number;
  }

  /** How many tasks the thread was sent and has not begun. */
  waiting(thread: number): number {
    const at = this.#region.control(thread);
    return ((this.#region.i32[at + SENT] as number) - load(this.#region.i32, at + BEGUN)) | 0;
  }

  /** Whether the thread has begun the task of that number. */
  hasBegun(thread: number, number: number): boolean {
    return ((load(this.#region.i32, this.#region.control(thread) + BEGUN) - number) | 0) >= 0;
  }
}
