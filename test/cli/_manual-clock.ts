/** A clock that stands still until a test moves it. */
import type { Timer } from '../../src/runtime.ts';

export class ManualClock {
  time = 0;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  get timers(): number {
    return this.#timers.size;
  }

  readonly now = (): number => this.time;

  readonly setTimer = (callback: () => void, ms: number): Timer => {
    const timer = { at: this.time + ms, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  };

  /** Moves on by `ms`, calling what comes due on the way at its time. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.time = Math.max(this.time, due.at);
      due.callback();
    }
    this.time = end;
  }
}
