/**
 * A MessagePort whose other end is in another thread, for scenarios: its messages and its end are words of the arena,
 * so when they arrive is for the schedule to say. As of the real ones: messages come in order, those that were posted
 * before it was closed come before the news of that, and closing either end closes both.
 */
import type { Arena } from '../../src/memory/arena.ts';

/** Bytes of one direction: a word that says how much was posted, then each message, with its length before it. */
const LINE_BYTES = 2_048;
export const PORT_BYTES: number = 2 * LINE_BYTES;
/** In the word of a direction, beside the bytes: nothing more will come. */
const CLOSED = 1 << 30;

type Listener = (event: { readonly data?: unknown }) => void;

/** One end. What it carries is what JSON has. */
export class ModelPort {
  readonly #arena: Arena;
  /** Byte offsets of the directions. */
  readonly #in: number;
  readonly #out: number;
  readonly #listeners = new Map<string, Listener>();
  /** Resolves once everybody has been told that it is closed. */
  readonly isOver: Promise<void>;
  #tellOver = (): void => {};
  #read = 0;
  #isClosed = false;
  #isOver = false;

  /**
   * @param offset - of the port's bytes in the arena
   * @param side - which end
   */
  constructor(arena: Arena, offset: number, side: 0 | 1) {
    this.#arena = arena;
    this.#in = offset + side * LINE_BYTES;
    this.#out = offset + (1 - side) * LINE_BYTES;
    this.isOver = new Promise((resolve) => (this.#tellOver = resolve));
  }

  /** The words that tell of what was posted, by the side that reads it. */
  static words(offset: number): Record<string, number> {
    return { 'port to 0': offset, 'port to 1': offset + LINE_BYTES };
  }

  /** Whether anything went through the port at `offset` to the side with that number. */
  static wasPostedTo({ i32 }: Arena, offset: number, side: 0 | 1): boolean {
    return ((i32[(offset + side * LINE_BYTES) >> 2] as number) & ~CLOSED) !== 0;
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, listener);
  }

  removeEventListener(type: string): void {
    this.#listeners.delete(type);
  }

  start(): void {
    void this.#receive();
  }

  postMessage(message: unknown): void {
    const { i32, u8 } = this.#arena;
    const text = new TextEncoder().encode(JSON.stringify(message));
    const posted = Atomics.load(i32, this.#out >> 2);
    if (this.#isClosed || (posted & CLOSED) !== 0) return;
    const at = this.#out + 4 + posted;
    i32[at >> 2] = text.length;
    u8.set(text, at + 4);
    // One writer, but for the flag.
    Atomics.add(i32, this.#out >> 2, 4 + Math.ceil(text.length / 4) * 4);
    Atomics.notify(i32, this.#out >> 2);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#end(this.#out);
    this.#end(this.#in);
  }

  /**
   * The thread at the other end has stopped, and the platform says so. That may come before what it had rung for: no
   * word of the arena tells it.
   */
  otherEndDied(): void {
    while (!this.#isClosed && (Atomics.load(this.#arena.i32, this.#in >> 2) & ~CLOSED) !== this.#read) this.#deliver();
    this.#close();
  }

  #end(direction: number): void {
    Atomics.or(this.#arena.i32, direction >> 2, CLOSED);
    Atomics.notify(this.#arena.i32, direction >> 2);
  }

  async #receive(): Promise<void> {
    const { i32 } = this.#arena;
    for (;;) {
      const word = Atomics.load(i32, this.#in >> 2);
      if (this.#isClosed || word === (this.#read | CLOSED)) break;
      if ((word & ~CLOSED) !== this.#read) this.#deliver();
      else await Atomics.waitAsync(i32, this.#in >> 2, word).value;
    }
    this.#close();
  }

  #close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isClosed = true;
    this.#listeners.get('close')?.({});
    this.#tellOver();
  }

  #deliver(): void {
    const { i32, u8 } = this.#arena;
    const at = this.#in + 4 + this.#read;
    const length = i32[at >> 2] as number;
    this.#read += 4 + Math.ceil(length / 4) * 4;
    const text = new TextDecoder().decode(u8.slice(at + 4, at + 4 + length));
    this.#listeners.get('message')?.({ data: JSON.parse(text) as unknown });
  }
}
