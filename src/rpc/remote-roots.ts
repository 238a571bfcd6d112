/** What this side has wrapped of the object that the other side exposes, and how long the calls of each wait for it. */
import { NotReadyError } from '../errors.ts';
import { type Deadline, deadlines } from '../pacing/deadlines.ts';
import type { RemoteObject } from './remote-object.ts';

interface Patience {
  /** Milliseconds. */
  readonly timeout: number;
  deadline: Deadline | undefined;
}

/**
 * Each `wrap` is an endpoint of its own to the same object; the other side is asked for it once, and told that it is
 * not used any more with the last of them. Calls go out before it is exposed, and wait over there.
 */
export class RemoteRoots {
  readonly #roots = new Map<RemoteObject, Patience>();
  #isExposed = false;

  /** Whether the other side has said that the object can be called. */
  get areExposed(): boolean {
    return this.#isExposed;
  }

  add(root: RemoteObject, timeout: number): void {
    this.#roots.set(root, { timeout, deadline: undefined });
  }

  /** The object can be called. */
  exposed(): void {
    this.#isExposed = true;
    this.end();
  }

  /** A call was made: the first begins to count the time. If it is over first, what the root has in flight rejects. */
  called(root: RemoteObject): void {
    const patience = this.#roots.get(root);
    if (this.#isExposed || patience === undefined || patience.deadline !== undefined) return;
    const { timeout } = patience;
    if (timeout === Infinity) return;
    const time = deadlines();
    patience.deadline = time.add(time.now() + timeout, () => {
      patience.deadline = undefined;
      root.cancel(new NotReadyError(`The other side has exposed nothing within ${timeout} ms`));
    });
  }

  /** @returns whether that was the last of them: for the next one, it has to be exposed anew */
  delete(root: RemoteObject): boolean {
    this.#roots.get(root)?.deadline?.cancel();
    if (!this.#roots.delete(root) || this.#roots.size > 0) return false;
    this.#isExposed = false;
    return true;
  }

  /** Nobody waits for it any more. */
  end(): void {
    for (const patience of this.#roots.values()) {
      patience.deadline?.cancel();
      patience.deadline = undefined;
    }
  }
}
