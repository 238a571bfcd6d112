/**
 * A connection that is held to learn at once when its other end is gone: the system closes it in the instant in which
 * the process ends, however it ends.
 *
 * It is a courtesy of the one who listens, so it is asked for rarely: a server that hangs up on strangers, or that
 * stays connected though it no longer listens, gets the next connection a second later, then after twice that, up to
 * half a minute.
 *
 * It must not be what keeps the port from others. A server that has not asked for SO_REUSEADDR leaves its port taken
 * for as long as an accepted connection lasts, and for a minute after one that it was the first to close. So the end
 * that was hung up on is not closed at once, in good order; and when nobody accepts connections any more while the port
 * is still taken, it is reset, which leaves nothing of it. (Only then: a reset may be an error that ends a server.)
 */
import type { Socket } from 'node:net';
import { deadlines } from '../signal/deadlines.ts';
import { connectTo } from './port-connection.ts';

const FIRST_TERM_MS = 1_000;
const LONGEST_TERM_MS = 30_000;
/** What tells that the other end is gone. All of them: Bun tells of the close 20 ms after the end. */
const ENDS = ['end', 'error', 'close'];

export class Lifeline {
  readonly #port: number;
  readonly #host: string | undefined;
  readonly #onLoss: () => void;
  readonly #controller = new AbortController();
  #socket: Socket | undefined;
  #isConnecting = false;
  #term = FIRST_TERM_MS;
  #renewAt = -Infinity;

  /** @param onLoss - called when the port may be free: the other end has hung up, or is no longer connected to */
  constructor(port: number, host: string | undefined, onLoss: () => void) {
    this.#port = port;
    this.#host = host;
    this.#onLoss = onLoss;
  }

  /** Connects, if it is time to. To be called each time the port is found taken. */
  hold(): void {
    const now = deadlines().now();
    if (this.#isConnecting || now < this.#renewAt) return;
    this.#renewAt = now + this.#term;
    this.#term = Math.min(2 * this.#term, LONGEST_TERM_MS);
    this.#isConnecting = true;
    void this.#connect();
  }

  release(): void {
    this.#controller.abort();
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #connect(): Promise<void> {
    const { signal } = this.#controller;
    const old = this.#socket;
    try {
      const socket = await connectTo(this.#port, this.#host, signal, FIRST_TERM_MS);
      old?.destroy();
      this.#watch(socket);
    } catch {
      if (!signal.aborted && old !== undefined) this.#reset(old);
    } finally {
      this.#isConnecting = false;
    }
    if (signal.aborted) this.release();
  }

  #watch(socket: Socket): void {
    this.#socket = socket;
    let isLost = false;
    const lost = (): void => {
      if (this.#socket !== socket || isLost) return;
      isLost = true;
      this.#renewAt = Math.min(this.#renewAt, deadlines().now() + FIRST_TERM_MS);
      this.#onLoss();
    };
    for (const end of ENDS) socket.once(end, lost);
    // The end comes only after what was sent before it: a greeting, say.
    socket.resume();
  }

  #reset(socket: Socket): void {
    this.#socket = undefined;
    socket.once('close', this.#onLoss);
    socket.resetAndDestroy();
  }
}
