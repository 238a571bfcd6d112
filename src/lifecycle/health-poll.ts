/**
 * Asks again and again whether something is well, where there is nothing to wait for: at once, and then after pauses
 * that grow (look-pauses.ts). The next check starts only after the last has answered.
 */
import { nextPause } from '../pacing/look-pauses.ts';
import { type Deadline, deadlines } from '../signal/deadlines.ts';
import { messageOf } from './lifecycle-report.ts';

export class HealthPoll {
  /** How often it was asked. */
  checks = 0;
  /** What the last check that failed threw, if it threw. */
  lastError: unknown;
  /** Resolves at the first check that neither throws nor returns false. */
  readonly passed: Promise<void>;
  readonly #health: () => unknown;
  #pass!: () => void;
  #pause = 0;
  #next: Deadline | undefined;
  #isOver = false;
  #last = 'has not answered yet';

  constructor(health: () => unknown) {
    this.#health = health;
    this.passed = new Promise((resolve) => (this.#pass = resolve));
    void this.#check();
  }

  /** What was seen last, in words. */
  get seen(): string {
    return this.checks === 1
      ? `its only health check ${this.#last}`
      : `the last of ${this.checks} health checks ${this.#last}`;
  }

  /** No check starts any more. */
  stop(): void {
    this.#isOver = true;
    this.#next?.cancel();
  }

  async #check(): Promise<void> {
    this.checks++;
    try {
      const value = await this.#health();
      if (value !== false) return this.#pass();
      this.lastError = undefined;
      this.#last = 'returned false';
    } catch (error) {
      this.lastError = error;
      this.#last = `failed: ${messageOf(error)}`;
    }
    if (this.#isOver) return;
    this.#pause = nextPause(this.#pause);
    const time = deadlines();
    this.#next = time.add(time.now() + this.#pause, () => void this.#check());
  }
}
