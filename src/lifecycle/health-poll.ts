/**
 * Asks again and again whether something is well, where there is nothing to wait for: at once, after 1 ms, and then
 * after half as long again each time, up to 50 ms. The next check starts only after the last has answered.
 */
import { type Deadline, deadlines } from '../signal/deadlines.ts';
import { messageOf } from './lifecycle-report.ts';

const FIRST_DELAY_MS = 1;
const FACTOR = 1.5;
const LONGEST_DELAY_MS = 50;

export class HealthPoll {
  /** How often it was asked. */
  checks = 0;
  /** What the last check that failed threw, if it threw. */
  lastError: unknown;
  /** Resolves at the first check that neither throws nor returns false. */
  readonly passed: Promise<void>;
  readonly #health: () => unknown;
  #pass!: () => void;
  #delay = FIRST_DELAY_MS;
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
    const time = deadlines();
    this.#next = time.add(time.now() + this.#delay, () => void this.#check());
    this.#delay = Math.min(this.#delay * FACTOR, LONGEST_DELAY_MS);
  }
}
