/**
 * Looks at a fact outside of this process until it is as wanted: at once, whenever something tells that it may have
 * changed, and, as nothing tells of everything there, again after pauses that grow (look-pauses.ts).
 *
 * The next look starts only after the last has answered. What was told of during a look is looked at after it, since
 * the answer may be older.
 */
import { limitsOf, watchLimits } from '../pacing/interruption.ts';
import { type LookPauses, nextPause } from '../pacing/look-pauses.ts';
import { provideActivities } from '../signal/activities.ts';
import { type Deadline, deadlines } from '../signal/deadlines.ts';
import type { WaitOptions } from '../signal/wait-options.ts';

/** What a look came to: what was wanted, or what is missing for it, as the end of a sentence about it. */
export type Look<T> = { readonly found: T } | { readonly lacks: string };

interface Settle<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

const lookouts = new Set<Lookout<unknown>>();

/** One wait for one fact. */
export class Lookout<T> {
  /** What is waited for, for people. */
  readonly name: string;
  readonly #look: (signal: AbortSignal) => Look<T> | PromiseLike<Look<T>>;
  readonly #pauses: () => LookPauses | undefined;
  /** What a look that goes on is told when nobody wants its answer any more. */
  readonly #controller = new AbortController();
  /** Undefined before the start and after the end. */
  #settle: Settle<T> | undefined;
  #unwatch: (() => void) | undefined;
  #expire: () => void = () => {};
  #lacks = 'has not answered yet';
  #isLooking = false;
  #again = false;
  /** Whether the wait is over after the look that goes on, whatever it comes to. */
  #isLast = false;
  #pause = 0;
  #next: Deadline | undefined;

  /**
   * @param name - what is waited for, for people
   * @param look - looks once; an error that it throws ends the wait
   * @param pauses - asked before each pause: they may depend on what tells of changes by then; undefined: the usual
   */
  constructor(
    name: string,
    look: (signal: AbortSignal) => Look<T> | PromiseLike<Look<T>>,
    pauses: () => LookPauses | undefined = () => undefined,
  ) {
    this.name = name;
    this.#look = look;
    this.#pauses = pauses;
  }

  /** What was missing when it was last looked at. */
  get lacks(): string {
    return this.#lacks;
  }

  /**
   * Resolves to what was found. To be called once.
   *
   * @param late - makes what the wait rejects with after `timeout` milliseconds; with 0, after the first look
   */
  wait({ signal, timeout = Infinity }: WaitOptions, late: () => unknown): Promise<T> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#isLast = timeout === 0;
      this.#expire = () => this.fail(late());
      const limits = limitsOf({ signal, timeout: timeout === 0 ? Infinity : timeout });
      this.#unwatch = watchLimits(limits, this.#expire, (reason) => this.fail(reason));
      lookouts.add(this);
      this.#lookNow();
    });
  }

  /** Something may have changed: looks at once, and after short pauses again. */
  wake(): void {
    this.#pause = 0;
    this.#lookNow();
  }

  /** It can no longer come to pass. */
  fail(error: unknown): void {
    this.#end()?.reject(error);
  }

  #lookNow(): void {
    if (this.#settle === undefined) return;
    if (this.#isLooking) {
      this.#again = true;
      return;
    }
    this.#next?.cancel();
    this.#next = undefined;
    this.#isLooking = true;
    void this.#lookOnce();
  }

  async #lookOnce(): Promise<void> {
    try {
      const seen = await this.#look(this.#controller.signal);
      this.#isLooking = false;
      if (this.#settle === undefined) return;
      if ('found' in seen) return this.#end()?.resolve(seen.found);
      this.#lacks = seen.lacks;
      if (this.#isLast) return this.#expire();
      this.#lookAgain();
    } catch (error) {
      this.fail(error);
    }
  }

  #lookAgain(): void {
    if (this.#again) {
      this.#again = false;
      return this.#lookNow();
    }
    this.#pause = nextPause(this.#pause, this.#pauses());
    const time = deadlines();
    this.#next = time.add(time.now() + this.#pause, () => this.#lookNow());
  }

  /** Leaves nothing behind. Undefined if it was over already. */
  #end(): Settle<T> | undefined {
    const settle = this.#settle;
    this.#settle = undefined;
    if (settle === undefined) return undefined;
    lookouts.delete(this);
    this.#unwatch?.();
    this.#next?.cancel();
    this.#controller.abort();
    return settle;
  }
}

provideActivities(function* () {
  for (const { name, lacks } of lookouts) yield { kind: 'wait', name, detail: lacks, holdsProcess: true };
});
