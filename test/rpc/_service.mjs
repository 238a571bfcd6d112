/** The service of the tests. What it is to do wrong, its options say. */
import process from 'node:process';

let isIll = false;

export default class Prices {
  #calls = 0;
  #options;

  /**
   * @typedef {'throw' | 'hang' | 'exit' | 'block'} Step
   * @param {{ construct?: Step, start?: Step, stop?: Step, base?: number }} [options]
   */
  constructor(options = {}) {
    this.#options = options;
    isIll = false;
    if (options.construct === 'throw') throw new RangeError('no prices today');
  }

  /** @param {AbortSignal} signal */
  async start(signal) {
    const { start } = this.#options;
    if (start === 'throw') throw new RangeError('the exchange is closed');
    if (start === 'exit') process.exit(9);
    if (start === 'hang') await new Promise((_, reject) => signal.addEventListener('abort', reject));
  }

  stop() {
    const { stop } = this.#options;
    if (stop === 'throw') throw new RangeError('cannot stop');
    if (stop === 'block') for (;;);
    return stop === 'hang' ? new Promise(() => {}) : undefined;
  }

  health() {
    if (isIll) throw new RangeError('ill');
    return { calls: this.#calls };
  }

  /** @param {boolean} ill */
  fall(ill) {
    isIll = ill;
  }

  /** @param {string} symbol */
  quote(symbol) {
    this.#calls++;
    return `${symbol} ${this.#options.base ?? 1}`;
  }

  calls() {
    return this.#calls;
  }

  pid() {
    return process.pid;
  }

  never() {
    this.#calls++;
    return new Promise(() => {});
  }

  /**
   * Answers once the caller lets it.
   *
   * @param {() => Promise<unknown>} wait
   */
  async held(wait) {
    this.#calls++;
    await wait();
    return 'let go';
  }

  /** @param {number} from */
  async *stream(from) {
    for (let i = from; ; i++) yield i;
  }

  exit() {
    process.exit(3);
  }

  throwLater() {
    queueMicrotask(() => {
      throw new RangeError('nobody catches this');
    });
    return new Promise(() => {});
  }

  /** Keeps its event loop from everything else. */
  block() {
    for (;;);
  }
}

export const plain = { add: (/** @type {number} */ a, /** @type {number} */ b) => a + b };
export const made = async (/** @type {number} */ base) => ({ base: () => base });
export const nothing = 5;
