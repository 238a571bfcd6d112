/** How fast a count has been growing lately, from the moments at which somebody looked. */

/** How far back "lately" reaches. */
const HORIZON_MS = 5_000;

/** Measures a rate over the last seconds. */
export class RateMeter {
  readonly #samples: Array<{ readonly at: number; readonly count: number }>;

  /** @param at the time of the start, in milliseconds, when the count is zero. */
  constructor(at: number) {
    this.#samples = [{ at, count: 0 }];
  }

  /** Notes that the count is `count` at `at`; returns the growth a second since a few seconds ago. */
  sample(count: number, at: number): number {
    this.#samples.push({ at, count });
    while (this.#samples.length > 2 && at - (this.#samples[1]?.at ?? at) >= HORIZON_MS) this.#samples.shift();
    const first = this.#samples[0];
    return first === undefined || at <= first.at ? 0 : ((count - first.count) * 1_000) / (at - first.at);
  }
}
