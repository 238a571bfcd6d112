/** Whether the other side has exposed its object yet, and how long calls wait for that. */
import { NotReadyError } from '../errors.ts';
import { type Deadline, deadlines } from '../pacing/deadlines.ts';

/** Calls go out before it is exposed, and wait over there. The first of them begins to count the time. */
export class PeerReadiness {
  #isReady = false;
  /** Milliseconds that calls wait. */
  timeout: number = Infinity;
  #deadline: Deadline | undefined;

  get isReady(): boolean {
    return this.#isReady;
  }

  /** It is exposed. */
  reached(): void {
    this.#isReady = true;
    this.#deadline?.cancel();
  }

  /** A call was made: if it is not exposed in time, `onLate` is told once, with the error for all such calls. */
  awaited(onLate: (error: NotReadyError) => void): void {
    if (this.#isReady || this.#deadline !== undefined || this.timeout === Infinity) return;
    const time = deadlines();
    const { timeout } = this;
    this.#deadline = time.add(time.now() + timeout, () => {
      this.#deadline = undefined;
      onLate(new NotReadyError(`The other side has exposed nothing within ${timeout} ms`));
    });
  }

  /** The other side was told that nobody uses it any more: it has to be exposed anew. */
  released(): void {
    this.#isReady = false;
    this.end();
  }

  /** Nobody waits for it any more. */
  end(): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
  }
}
