/** Chance that can be repeated: the seed is printed when a test fails, and `FAULTS_SEED` sets it. */
import process from 'node:process';

/** Seeded pseudo-random numbers. After mulberry32 (https://gist.github.com/tommyettinger/46a874533244883189143505d203312c). */
export class Random {
  readonly seed: number;
  #state: number;

  constructor(seed: number = Number(process.env['FAULTS_SEED'] ?? Date.now()) >>> 0) {
    this.seed = seed;
    this.#state = seed;
  }

  /** From 0 up to 1, exclusive. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to `below`, exclusive. */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** `count` different whole numbers below `below`. */
  distinct(count: number, below: number): Set<number> {
    const chosen = new Set<number>();
    while (chosen.size < count) chosen.add(this.below(below));
    return chosen;
  }
}

/** Runs `body`; when it fails, the error says which seed repeats it. */
export async function seeded(body: (random: Random) => Promise<void>): Promise<void> {
  const random = new Random();
  try {
    await body(random);
  } catch (error) {
    console.error(`FAULTS_SEED=${random.seed} repeats this`);
    throw error;
  }
}
