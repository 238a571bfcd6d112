/**
 * Whether spinning pays: adaptive, from what came of it lately.
 *
 * A wait that ends within the budget is a hit, and the next wait spins again. After a miss the next waits do not spin:
 * one, then three, seven, up to 63 of them, until a hit. So a stream of short tasks is served without a system call,
 * tasks longer than the budget cost next to nothing extra, and on a machine whose cores are busy, where spinning
 * misses, it stops by itself.
 */
const MOST_SKIPPED = 63;

export class SpinBudget {
  readonly #limitMs: number;
  #toSkip = 0;
  #skipAfterMiss = 1;

  /** @param limitMs - how long one spin may last, in milliseconds; 0: never spin */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** How long this wait may spin, in milliseconds: 0 or the limit. */
  take(): number {
    if (this.#toSkip === 0) return this.#limitMs;
    this.#toSkip--;
    return 0;
  }

  hit(): void {
    this.#skipAfterMiss = 1;
  }

  miss(): void {
    this.#toSkip = this.#skipAfterMiss;
    this.#skipAfterMiss = Math.min(MOST_SKIPPED, this.#skipAfterMiss * 2 + 1);
  }
}
