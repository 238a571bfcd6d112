/** One wait for permits of one limiter, or of several at once. */
import { timeoutError, type WaitOptions } from '../signal/wait-options.ts';
import type { Gcra } from './gcra.ts';
import { limitsOf, watchLimits } from './interruption.ts';
import { lineOf, type LimiterLine } from './limiter-line.ts';

/** Who goes first among the waiters of a thread. */
export type Priority = 'high' | 'normal' | 'low';

/** So many permits of one limiter. */
export interface Share {
  readonly gcra: Gcra;
  readonly count: number;
}

/** What a wait is for. */
export interface Demand {
  /** All of them or none. */
  readonly shares: readonly Share[];
  readonly priority: Priority;
  /** The call, for messages. */
  readonly what: string;
}

/** Waits until all that is demanded can be taken at one time, beginning with what was refused. */
export function waitForShares(demand: Demand, refused: Share, options: WaitOptions): Promise<void> {
  const { timeout = Infinity } = options;
  if (timeout === 0) throw timeoutError(demand.what, timeout);
  return new Promise((resolve, reject) => {
    const waiter = new LimiterWaiter(demand, resolve, reject);
    waiter.queueFor(refused);
    if (waiter.isSettled) return;
    waiter.onSettled = watchLimits(
      limitsOf(options),
      () => waiter.abandon(timeoutError(demand.what, timeout)),
      (reason) => waiter.abandon(reason),
    );
  });
}

/** Takes all of `shares` now, or none. Returns the one that was refused. */
export function takeAll(shares: readonly Share[], except?: Gcra): Share | undefined {
  const taken: Array<Share & { at: number }> = [];
  for (const share of shares) {
    const { gcra, count } = share;
    if (gcra === except) continue;
    const at = gcra.now();
    if (lineOf(gcra) === undefined && gcra.takeUnreserved(count, at)) {
      taken.push({ ...share, at });
      continue;
    }
    for (const back of taken) back.gcra.untake(back.count, back.at);
    return share;
  }
  return undefined;
}

/** A waiter is in one line at a time: that of the limiter that has refused it last. */
export class LimiterWaiter {
  readonly priority: Priority;
  readonly #demand: Demand;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #line: LimiterLine | undefined;
  isSettled = false;
  /** Undoes what watches over the wait. */
  onSettled: (() => void) | undefined;
  /** How many permits it wants of the limiter that it is queued for. */
  count = 0;
  /** Its place in the line; the queue's. */
  previous: LimiterWaiter | undefined;
  next: LimiterWaiter | undefined;

  constructor(demand: Demand, resolve: () => void, reject: (error: unknown) => void) {
    this.#demand = demand;
    this.priority = demand.priority;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  queueFor({ gcra, count }: Share): void {
    this.count = count;
    this.#line = lineOf(gcra, true);
    this.#line.add(this);
  }

  /** It has left its line and its share there was taken at `at`: takes the others too, or waits for them. */
  pass(gcra: Gcra, at: number): void {
    const refused = this.#demand.shares.length === 1 ? undefined : takeAll(this.#demand.shares, gcra);
    if (refused === undefined) return this.#settle(this.#resolve);
    gcra.untake(this.count, at);
    this.queueFor(refused);
  }

  /** Ends the wait: it takes nothing, and its place is for those behind it. */
  abandon(error: unknown): void {
    if (this.isSettled) return;
    this.#line?.remove(this);
    this.fail(error);
  }

  /** As `abandon`, for one that has left its line. */
  fail(error: unknown): void {
    this.#settle(() => this.#reject(error));
  }

  #settle(settle: () => void): void {
    this.isSettled = true;
    this.#line = undefined;
    this.onSettled?.();
    settle();
  }
}
