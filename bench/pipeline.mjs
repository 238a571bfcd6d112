/**
 * The loops that measure. They are lean, because what they cost is added to every contender alike and flatters the
 * slow.
 */

/**
 * Keeps a number of calls in flight for a time: each that ends starts the next. Lanes are told apart, so that a call
 * may
 * hand on what the last one of its lane returned.
 * @param {(lane: number) => Promise<unknown>} call
 * @param {{ inFlight: number, durationMs: number, clockEvery?: number, latencies?: LatencyRecord }} options
 *   `clockEvery`: a power of two; the clock is read once in so many calls
 * @returns {Promise<{ done: number, elapsedMs: number }>}
 */
export function keepInFlight(call, { inFlight, durationMs, clockEvery = 256, latencies }) {
  return new Promise((resolve, reject) => {
    const mask = clockEvery - 1;
    const start = performance.now();
    let done = 0;
    let running = inFlight;
    let open = true;
    /** @param {number} lane */
    const startLane = (lane) => {
      let began = 0;
      const ended = () => {
        done += 1;
        if (latencies !== undefined) latencies.add(performance.now() - began);
        if ((done & mask) === 0 && performance.now() - start >= durationMs) open = false;
        if (open) next();
        else if (--running === 0) resolve({ done, elapsedMs: performance.now() - start });
      };
      const next = () => {
        if (latencies !== undefined) began = performance.now();
        call(lane).then(ended, reject);
      };
      next();
    };
    for (let lane = 0; lane < inFlight; lane++) startLane(lane);
  });
}

/**
 * Sends so many calls at once, waits for all of them, and again.
 * @param {() => Promise<unknown>} call
 * @param {{ size: number, durationMs: number }} options
 */
export async function inBursts(call, { size, durationMs }) {
  const start = performance.now();
  /** @type {Promise<unknown>[]} */
  const burst = new Array(size);
  let done = 0;
  while (performance.now() - start < durationMs) {
    for (let i = 0; i < size; i++) burst[i] = call();
    await Promise.all(burst);
    done += size;
  }
  return { done, elapsedMs: performance.now() - start };
}

/**
 * One call after the other; `between` runs before each and is not counted.
 * @param {() => Promise<unknown>} call
 * @param {{ durationMs: number, atMost: number, between?: () => void | Promise<void> }} options
 * @returns {Promise<Float64Array>} how long each took, in milliseconds
 */
export async function oneByOne(call, { durationMs, atMost, between }) {
  const latencies = new LatencyRecord(atMost);
  const end = performance.now() + durationMs;
  while (latencies.size < atMost) {
    if (between !== undefined) await between();
    const began = performance.now();
    await call();
    const ended = performance.now();
    latencies.add(ended - began);
    if (ended > end) break;
  }
  return latencies.values();
}

/** Latencies in memory that was there before; once full, it keeps what it has. */
export class LatencyRecord {
  #values;
  size = 0;

  /** @param {number} capacity */
  constructor(capacity) {
    this.#values = new Float64Array(capacity);
  }

  /** @param {number} value */
  add(value) {
    if (this.size < this.#values.length) this.#values[this.size++] = value;
  }

  values() {
    return this.#values.subarray(0, this.size);
  }
}
