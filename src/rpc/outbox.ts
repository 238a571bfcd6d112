/** What goes out: in one write a turn, and no more than the other side takes. */
import { joinFrames } from './frames/burst.ts';

/** More than this on its way is congestion; at half of it there is none any more. */
const WINDOW_BYTES = 1024 * 1024;

/** How often the other side is to say what it has taken, so that a window never ends in silence. */
export const TAKEN_EVERY_BYTES: number = WINDOW_BYTES / 8;

/** Frames of one side on their way to the other. */
export class Outbox {
  /** Whether more is on its way than the other side takes at a time. */
  congested = false;
  onDrain: (() => void) | undefined;
  readonly #write: (chunks: readonly Uint8Array[]) => void;
  #burst: Uint8Array[] = [];
  /** Messages that wait for the handshake. */
  #early: Uint8Array[] | undefined = [];
  #onTheWay = 0;

  constructor(write: (chunks: readonly Uint8Array[]) => void) {
    this.#write = write;
  }

  /** Bytes of messages that the other side has not said to have taken. */
  get onTheWay(): number {
    return this.#onTheWay;
  }

  /** Sends a frame at the end of the code that runs now. */
  put(frame: Uint8Array): void {
    if (this.#burst.push(frame) === 1) queueMicrotask(() => this.flush());
  }

  /** Lets messages go out, too, those that were put before first. */
  open(): void {
    for (const frame of this.#early ?? []) this.put(frame);
    this.#early = undefined;
  }

  /** Sends a frame that counts as on its way until the other side has taken it. */
  putMessage(frame: Uint8Array): void {
    if (this.#early === undefined) this.put(frame);
    else this.#early.push(frame);
    this.#onTheWay += frame.byteLength;
    if (this.#onTheWay > WINDOW_BYTES) this.congested = true;
  }

  /** The other side has taken so many bytes. */
  taken(bytes: number): void {
    this.#onTheWay -= bytes;
    if (!this.congested || this.#onTheWay > WINDOW_BYTES / 2) return;
    this.congested = false;
    this.onDrain?.();
  }

  /** Sends what there is now. */
  flush(): void {
    if (this.#burst.length === 0) return;
    const burst = this.#burst;
    this.#burst = [];
    this.#write(joinFrames(burst));
  }

  /** Forgets what has not gone out. */
  clear(): void {
    this.#burst = [];
    this.#early = [];
  }
}
