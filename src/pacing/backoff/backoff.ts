/** How long to wait before the next attempt: a ceiling that grows with each failure, and a strategy that spreads. */
import { checkAtLeast, checkCallback, checkDelay, checkObject, checkOneOf } from '../option-checks.ts';
import { decorrelatedJitter } from './decorrelated-jitter.ts';
import { equalJitter } from './equal-jitter.ts';
import { fullJitter } from './full-jitter.ts';
import { noJitter } from './no-jitter.ts';
import type { BackoffStrategy } from './strategy.ts';

/** How delays are spread, so that those who failed together do not come back together. */
export type Jitter = 'full' | 'equal' | 'decorrelated' | 'none';

/** How delays grow. */
export interface BackoffOptions {
  /** Milliseconds: the ceiling of the first delay. @default {100} */
  readonly baseDelay?: number | undefined;
  /** Milliseconds: no delay is longer. @default {30_000} */
  readonly maxDelay?: number | undefined;
  /** By how much the ceiling grows with each failure, 1 or more; not used by 'decorrelated'. @default {2} */
  readonly factor?: number | undefined;
  /**
   * 'full': anything up to the ceiling, which spreads best. 'equal': at least half of it. 'decorrelated': from
   * `baseDelay` to three times the last delay. 'none': the ceiling itself.
   *
   * @default {'full'}
   */
  readonly jitter?: Jitter | undefined;
  /** Numbers from 0 up to 1, for tests. @default {Math.random} */
  readonly random?: (() => number) | undefined;
}

const STRATEGIES: Readonly<Record<Jitter, BackoffStrategy>> = {
  full: fullJitter,
  equal: equalJitter,
  decorrelated: decorrelatedJitter,
  none: noJitter,
};

/** The delays of one series of failures. */
export class Backoff {
  readonly #strategy: BackoffStrategy;
  readonly #bounds: { readonly baseDelay: number; readonly maxDelay: number; readonly factor: number };
  readonly #random: () => number;
  #failures = 0;
  #previous = 0;

  /** @throws {TypeError} or RangeError that names the option, what it got and what it takes. */
  constructor(options: BackoffOptions = {}) {
    checkObject('the options of a backoff', options);
    const { baseDelay = 100, maxDelay = 30_000, factor = 2, jitter = 'full', random = Math.random } = options;
    checkDelay('baseDelay', baseDelay);
    checkDelay('maxDelay', maxDelay);
    checkAtLeast('factor', factor, 1);
    checkOneOf('jitter', jitter, Object.keys(STRATEGIES));
    checkCallback('random', random);
    if (baseDelay > maxDelay) {
      throw new RangeError(`Expected 'baseDelay' to be at most 'maxDelay', ${maxDelay} ms, got ${baseDelay}`);
    }
    if (baseDelay === Infinity) throw new RangeError("Expected 'baseDelay' to be finite, got Infinity");
    this.#strategy = STRATEGIES[jitter];
    this.#bounds = { baseDelay, maxDelay, factor };
    this.#random = random;
  }

  /** The delay after one more failure, in milliseconds. */
  next(): number {
    const random = this.#random();
    if (!(random >= 0 && random <= 1)) {
      throw new RangeError(`Expected 'random' to return a number from 0 to 1, got ${String(random)}`);
    }
    this.#failures++;
    this.#previous = this.#strategy({
      ...this.#bounds,
      failures: this.#failures,
      previous: this.#previous,
      random,
    });
    return this.#previous;
  }

  /** Begins anew, after a success. */
  reset(): void {
    this.#failures = 0;
    this.#previous = 0;
  }
}
