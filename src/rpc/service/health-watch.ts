/** Asks a service that is up again and again whether it is well, and tells when that changes. */
import { DeadlineExceededError, NotReadyError } from '../../errors.ts';
import { limitsOf } from '../../pacing/interruption.ts';
import { Poller } from '../../pacing/poller.ts';
import { runWithin } from '../../pacing/timeout.ts';
import { ServiceUnhealthyEvent } from './service-events.ts';
import type { ServiceRun } from './service-run.ts';

/** Who is told. */
export interface HealthListener {
  onWell(): void;
  /** @param isHung - whether it gave no answer: to ask it for anything else is no use */
  onUnhealthy(event: ServiceUnhealthyEvent, isHung: boolean): void;
}

export class HealthWatch {
  readonly #run: ServiceRun;
  readonly #number: number;
  readonly #listener: HealthListener;
  readonly #timeout: number;
  readonly #poller: Poller;
  #failures = 0;
  #isOver = false;

  /** Begins to watch; the first check is after one interval. */
  constructor(
    run: ServiceRun,
    number: number,
    { interval, timeout }: { readonly interval: number; readonly timeout: number },
    listener: HealthListener,
  ) {
    this.#run = run;
    this.#number = number;
    this.#listener = listener;
    this.#timeout = timeout;
    this.#poller = new Poller(() => this.#check(), { interval, immediate: false, ref: false, name: 'health' }).start();
  }

  /** Starts no more checks, and tells nobody of the one that goes on. */
  stop(): void {
    this.#isOver = true;
    this.#poller.stop().catch(() => {});
  }

  async #check(): Promise<void> {
    try {
      await askHealth(this.#run, this.#timeout);
      this.#failures = 0;
      if (!this.#isOver) this.#listener.onWell();
    } catch (error) {
      this.#failures++;
      if (this.#isOver) return;
      const event = new ServiceUnhealthyEvent({ error, failures: this.#failures, run: this.#number });
      this.#listener.onUnhealthy(event, error instanceof NoAnswer);
    }
  }
}

/** It did not answer in time. */
class NoAnswer extends DeadlineExceededError {}

/**
 * What the service's own `health` says.
 *
 * @throws {NotReadyError} if that is false; what it throws; {DeadlineExceededError} if there is no answer in time
 */
export async function askHealth(run: ServiceRun, timeout: number): Promise<unknown> {
  const late = (): Error => new NoAnswer(`The health check had no answer within ${timeout} ms`);
  const value = await runWithin(() => run.control.health(), limitsOf({ timeout }), late);
  if (value === false) throw new NotReadyError("The service's health check returned false");
  return value;
}
