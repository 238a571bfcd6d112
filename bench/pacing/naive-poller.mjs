import { pause } from '../pause.mjs';

/** How often it looks whether it should stop. */
export const CHECK_MS = 50;

/** The loop that this project is to replace: works, sleeps in small steps so as to notice that it should stop. */
export class NaivePoller {
  wakeUps = 0;
  #running = true;
  /** @type {Promise<void>} */
  #ended;

  /** @param {() => void} work @param {number} interval */
  constructor(work, interval) {
    this.#ended = this.#loop(work, interval);
  }

  async stop() {
    this.#running = false;
    await this.#ended;
  }

  /** @param {() => void} work @param {number} interval */
  async #loop(work, interval) {
    while (this.#running) {
      work();
      const until = performance.now() + interval;
      while (this.#running && performance.now() < until) {
        await pause(Math.min(CHECK_MS, until - performance.now()));
        this.wakeUps++;
      }
    }
  }
}
