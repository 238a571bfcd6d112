/**
 * A connection that is held to learn at once when its other end is gone: the system closes it in the instant in which
 * the process ends, however it ends.
 *
 * It is a courtesy of the one who listens, so it is asked for rarely: a server that hangs up on strangers, or that
 * stays connected though it no longer listens, gets the next connection a second later, then after twice that, up to
 * half a minute. The old one is given up then, whatever comes of the new one: on systems where an accepted connection
 * keeps the port from others, it would itself be what the port is waited for.
 */
import type { Socket } from 'node:net';
import { deadlines } from '../signal/deadlines.ts';
import { connectTo } from './port-connection.ts';

const FIRST_TERM_MS = 1_000;
const LONGEST_TERM_MS = 30_000;
/** All of them: Bun tells of the close 20 ms after the end. */
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

  /** @param onLoss - called when the connection that is held has been closed by the other end */
  constructor(port: number, host: string | undefined, onLoss: () => void) {
    this.#port = port;
    this.#host = host;
    this.#onLoss = onLoss;
  }

  /** Connects, if there is no connection and it is time for one. To be called when somebody is known to be there. */
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
    this.#let();
  }

  async #connect(): Promise<void> {
    const { signal } = this.#controller;
    try {
      const socket = await connectTo(this.#port, this.#host, signal, FIRST_TERM_MS);
      this.#let();
      this.#watch(socket);
    } catch {
      // Nobody accepts connections there: then the port is asked for by its own means.
      this.#let();
    } finally {
      this.#isConnecting = false;
    }
    if (signal.aborted) this.#let();
  }

  #watch(socket: Socket): void {
    this.#socket = socket;
    const lost = (): void => {
      if (this.#socket !== socket) return;
      this.#let();
      this.#onLoss();
    };
    for (const end of ENDS) socket.once(end, lost);
    // The end comes only after what was sent before it: a greeting, say.
    socket.resume();
  }

  #let(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }
}
