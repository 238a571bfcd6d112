/** The calls that have been let in and are not answered yet: who wants to end an object without harm waits for them. */
import { deadlines } from '../pacing/deadlines.ts';
import type { IncomingCall } from './incoming-call.ts';

/** A call that was cut off. */
export interface UnfinishedCall {
  /** The path of its name, as in `orders.place`. */
  readonly name: string;
  /** Milliseconds since it came. */
  readonly runningFor: number;
}

export class CallLedger {
  /** How many have been answered. */
  finished = 0;
  readonly #since = new Map<IncomingCall, number>();
  #refusal: Error | undefined;
  #onEmpty: (() => void) | undefined;

  /** Why no call is let in any more, once that is so. */
  get refusal(): Error | undefined {
    return this.#refusal;
  }

  /** @returns whether the call is let in */
  admit(call: IncomingCall): boolean {
    if (this.#refusal !== undefined) return false;
    this.#since.set(call, deadlines().now());
    return true;
  }

  /** The call is answered, or nobody waits for its answer any more and it has come to its end all the same. */
  over(call: IncomingCall): void {
    if (!this.#since.delete(call)) return;
    this.finished++;
    if (this.#since.size === 0) this.#onEmpty?.();
  }

  /** From now on each call is refused for this reason; those that were let in go on. */
  close(refusal: Error): void {
    this.#refusal ??= refusal;
  }

  /** Resolves once no call is under way. One waiter. */
  empty(): Promise<void> {
    if (this.#since.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#onEmpty = resolve));
  }

  unfinished(): UnfinishedCall[] {
    const now = deadlines().now();
    return [...this.#since].map(([{ frame }, since]) => ({ name: frame[4].join('.'), runningFor: now - since }));
  }
}
