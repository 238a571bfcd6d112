/**
 * Where lines are written: gathered over a turn of the event loop and written as one piece, since one system call per
 * line would cost more than most items. Says when it is full, and which lines the stream has taken over for good.
 */
import type { Writable } from 'node:stream';
import type { Runtime } from '../../runtime.ts';

/** Gathered text of this many characters is written without waiting for the end of the turn. */
const LARGE = 64 * 1024;

/** What a sink tells. */
export interface SinkEvents {
  /** The stream took the text of these lines: they are written. */
  onWritten(lines: readonly number[]): void;
  /** It is no longer full. */
  onRoom(): void;
  /** The stream failed; nothing more will be written. */
  onError(error: unknown): void;
}

/** Writes text that belongs to lines of the input. */
export class Sink {
  readonly #stream: Writable;
  readonly #clock: Pick<Runtime, 'defer'>;
  readonly #events: SinkEvents;
  #text = '';
  #lines: number[] = [];
  #deferred = false;
  #full = false;
  #failed = false;
  #pending = 0;
  #onIdle: (() => void) | undefined;

  constructor(stream: Writable, clock: Pick<Runtime, 'defer'>, events: SinkEvents) {
    this.#stream = stream;
    this.#clock = clock;
    this.#events = events;
    stream.on('drain', () => {
      this.#full = false;
      events.onRoom();
    });
    stream.on('error', (error) => this.#fail(error));
  }

  /** True while the stream takes no more: whoever can should wait for `onRoom`. */
  get full(): boolean {
    return this.#full;
  }

  /** Writes `text`, with its line break, as the outcome of `line`. */
  write(text: string, line: number): void {
    if (this.#failed) return;
    this.#text += text;
    this.#lines.push(line);
    if (this.#text.length >= LARGE) this.#flush();
    else if (!this.#deferred) {
      this.#deferred = true;
      this.#clock.defer(() => {
        this.#deferred = false;
        this.#flush();
      });
    }
  }

  /** Resolves when everything was taken over by the stream, or it failed. */
  async settle(): Promise<void> {
    this.#flush();
    if (this.#pending > 0 && !this.#failed) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  #flush(): void {
    if (this.#text === '' || this.#failed) return;
    const lines = this.#lines;
    const text = this.#text;
    this.#text = '';
    this.#lines = [];
    this.#pending++;
    const taken = this.#stream.write(text, (error) => {
      this.#pending--;
      if (error !== null && error !== undefined) return this.#fail(error);
      this.#events.onWritten(lines);
      if (this.#pending === 0) this.#onIdle?.();
    });
    if (!taken) this.#full = true;
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#full = false;
    this.#text = '';
    this.#events.onError(error);
    this.#onIdle?.();
  }
}
