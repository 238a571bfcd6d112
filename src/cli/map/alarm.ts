/** One point in time that the job waits for. */
import type { Deadline, Deadlines } from '../../pacing/deadlines.ts';

/** Calls back when a time has come, never before it; setting it again moves it. */
export class Alarm {
  readonly #deadlines: Deadlines;
  readonly #onTime: () => void;
  #deadline: Deadline | undefined;

  constructor(deadlines: Deadlines, onTime: () => void) {
    this.#deadlines = deadlines;
    this.#onTime = onTime;
  }

  /** Asks for a call at `at`, instead of what was asked for before. */
  set(at: number): void {
    if (this.#deadline?.at === at) return;
    this.cancel();
    this.#deadline = this.#deadlines.add(at, () => {
      this.#deadline = undefined;
      this.#onTime();
    });
  }

  cancel(): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
  }
}
