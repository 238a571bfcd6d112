/**
 * How long things took, as counts in buckets that grow by an eighth: percentiles within 12.5% from 100 ns to 28 hours
 * in a fixed 2 KiB.
 */
const LOWEST_MS = 1e-4;
const BUCKETS_PER_DOUBLING = 6;
const BUCKETS = 40 * BUCKETS_PER_DOUBLING;

/** Percentiles of a duration, in milliseconds; all 0 while there is no sample. */
export interface DurationSummary {
  /** How many were measured: a sample of the tasks, not all. */
  readonly samples: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export class DurationHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #samples = 0;
  #sum = 0;
  #max = 0;

  record(ms: number): void {
    const value = ms > 0 ? ms : 0;
    const bucket = Math.ceil(Math.log2(Math.max(value, LOWEST_MS) / LOWEST_MS) * BUCKETS_PER_DOUBLING);
    const index = Math.min(bucket, BUCKETS - 1);
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#samples++;
    this.#sum += value;
    if (value > this.#max) this.#max = value;
  }

  /** Milliseconds in all that was recorded. */
  get sum(): number {
    return this.#sum;
  }

  get samples(): number {
    return this.#samples;
  }

  summary(): DurationSummary {
    return {
      samples: this.#samples,
      mean: this.#samples === 0 ? 0 : this.#sum / this.#samples,
      p50: this.#percentile(0.5),
      p90: this.#percentile(0.9),
      p99: this.#percentile(0.99),
      max: this.#max,
    };
  }

  #percentile(fraction: number): number {
    let left = this.#samples * fraction;
    if (left === 0) return 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket] as number;
      if (left <= 0) return Math.min(this.#max, LOWEST_MS * 2 ** (bucket / BUCKETS_PER_DOUBLING));
    }
    return this.#max;
  }
}
