import type { DeadlineSource } from '../../src/signal/deadline-source.ts';

/** A clock that moves when told, with timers that may fire early, as real ones do. */
export class FakeTime implements DeadlineSource {
  time = 0;
  /** How early timers fire. */
  early = 0;
  /** The delays that were asked for. */
  readonly delays: number[] = [];
  #timers: Array<{ at: number; callback: () => void }> = [];

  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** When the next of them is due. */
  get nextTimer(): number {
    return Math.min(...this.#timers.map(({ at }) => at));
  }

  now(): number {
    return this.time;
  }

  setTimer(callback: () => void, ms: number): { cancel(): void } {
    this.delays.push(ms);
    const timer = { at: this.time + Math.max(0, ms - this.early), callback };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  /** Moves the clock to `time` as for a thread that was busy: timers that are due fire when it next advances. */
  jumpTo(time: number): void {
    this.time = time;
  }

  /** Moves the clock to `time`, firing timers on the way. */
  advanceTo(time: number): void {
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= time).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.time = Math.max(this.time, due.at);
      due.callback();
    }
    this.time = time;
  }
}
