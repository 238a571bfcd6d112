/**
 * Whether the other side is still there, asked only when nothing is heard of it.
 *
 * What comes in costs one reading of the clock a chunk. One deadline is set again only when it fires: for when the
 * silence will have lasted `interval`, then, once the question is out, for when it has gone unanswered for `timeout`.
 */
import { runtime } from '../runtime.ts';
import { deadlines, type Deadline, type Deadlines } from '../pacing/deadlines.ts';

/** What a heartbeat does to its connection. */
export interface Heart {
  /** Asks the other side for a sign of life. */
  ask(): void;
  /** It gave none, for so many milliseconds. */
  stopped(silence: number): void;
}

/** Watches over one connection from its creation until `stop`. */
export class Heartbeat {
  readonly #heart: Heart;
  readonly #interval: number;
  readonly #timeout: number;
  readonly #time: Deadlines = deadlines();
  #heardAt: number;
  #askedAt: number | undefined;
  #deadline: Deadline | undefined;

  constructor({ interval, timeout }: { readonly interval: number; readonly timeout: number }, heart: Heart) {
    this.#heart = heart;
    this.#interval = interval;
    this.#timeout = timeout;
    this.#heardAt = this.#time.now();
    this.#watch(this.#heardAt + interval);
  }

  /** Something came from the other side. */
  heard(): void {
    this.#heardAt = this.#time.now();
    this.#askedAt = undefined;
  }

  /** Leaves nothing behind. */
  stop(): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
  }

  #watch(at: number): void {
    this.#deadline = this.#time.add(at, () => this.#look());
  }

  #look(): void {
    if (this.#askedAt !== undefined) {
      this.#lookOnceMore();
    } else if (this.#time.now() - this.#heardAt >= this.#interval) {
      this.#askedAt = this.#time.now();
      this.#watch(this.#askedAt + this.#timeout);
      this.#heart.ask();
    } else {
      this.#watch(this.#heardAt + this.#interval);
    }
  }

  /** This thread may have been too busy to read: what has arrived meanwhile is read before anybody counts as gone. */
  #lookOnceMore(): void {
    runtime().defer(() => {
      if (this.#deadline === undefined) return;
      if (this.#askedAt === undefined) this.#watch(this.#heardAt + this.#interval);
      else this.#heart.stopped(this.#time.now() - this.#heardAt);
    });
  }
}
