/**
 * The connections that clients in this thread have to a run. A run is over for them, too, once these have ended: its
 * last answers have come, and no call goes to what is not there any more.
 */
import { waitWithin } from '../../pacing/timeout.ts';
import type { Connection } from '../connection.ts';
import { watchEnd } from '../watched-connection.ts';

/** Milliseconds in which the end of a connection is noticed whose other side is gone. */
const LINGER_MS = 1_000;

export class ClientConnections {
  readonly #open = new Map<Connection, () => void>();
  #onEmpty: (() => void) | undefined;

  /**
   * Keeps count of a connection. What is returned is to be used instead.
   *
   * @param retire - has its client make no more calls on it
   */
  add(connection: Connection, retire: () => void): Connection {
    const watched = watchEnd(connection, () => {
      this.#open.delete(watched);
      if (this.#open.size === 0) this.#onEmpty?.();
    });
    this.#open.set(watched, retire);
    return watched;
  }

  /** The run is about to end: calls that come from now on are for the next one. */
  retire(): void {
    for (const retire of [...this.#open.values()]) retire();
  }

  /** Resolves once all have ended, which the other side has begun; those that take too long are closed. */
  async ended(): Promise<void> {
    if (this.#open.size === 0) return;
    try {
      const empty = new Promise<void>((end) => (this.#onEmpty = end));
      await waitWithin(() => empty, { timeout: LINGER_MS }, 'The end of the connections');
    } catch {
      for (const connection of [...this.#open.keys()]) connection.close();
    }
  }
}
