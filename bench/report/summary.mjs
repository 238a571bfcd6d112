import { median } from '../statistics.mjs';

/** @typedef {{ median: number, min: number, max: number }} Spread */

/** Finds results and reduces their rounds. */
export class Summary {
  #results;

  /** @param {readonly import('../contract.ts').Result[]} results */
  constructor(results) {
    this.#results = results;
  }

  /** @param {string} runtime @param {string} work */
  of(runtime, work) {
    return this.#results.filter((result) => result.runtime === runtime && result.work === work);
  }

  /**
   * @param {string} runtime @param {string} work @param {string} contender @param {string} key
   * @returns {Spread | undefined} undefined where there is no number
   */
  spread(runtime, work, contender, key) {
    const values = this.#values(runtime, work, contender, key).filter((value) => Number.isFinite(value));
    if (values.length === 0) return undefined;
    return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
  }

  /**
   * How many times as good Reveille is: the ratio of the medians, and between which bounds the ratios of single
   * rounds lie.
   * @param {string} runtime @param {string} work @param {string} peer @param {import('../contract.ts').Metric} metric
   * @returns {Spread | undefined}
   */
  advantage(runtime, work, peer, { key, better }) {
    const ours = this.#values(runtime, work, 'reveille', key);
    const theirs = this.#values(runtime, work, peer, key);
    if (ours.length === 0 || theirs.length === 0) return undefined;
    /** @param {number} our @param {number} their */
    const ratio = (our, their) => (better === 'higher' ? our / their : their / our);
    const rounds = ours.slice(0, theirs.length).map((our, round) => ratio(our, Number(theirs[round])));
    return { median: ratio(median(ours), median(theirs)), min: Math.min(...rounds), max: Math.max(...rounds) };
  }

  /** @param {string} runtime @param {string} work @param {string} contender @param {string} key */
  #values(runtime, work, contender, key) {
    const result = this.of(runtime, work).find((each) => each.contender === contender);
    return (result?.rounds ?? []).map((metrics) => Number(metrics[key]));
  }
}
