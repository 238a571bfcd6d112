/**
 * What a cancel token is in shared memory: one word that says whether it was cancelled, and why.
 *
 *     word 0     state     0 live; 1 cancelled; 2 its deadline has passed; 3 disposed; else the block of the reason
 *     word 1, 2  interest  the threads that wait for it (primitive-block.ts)
 *     word 6     parent    byte offset of the parent's block, 0 for none         written before anyone else sees it
 *     word 7     its use   generation of the parent's block                      likewise
 *     word 8, 9  deadline  a float64 on the clock that all threads share, or Infinity       likewise
 *
 * **To cancel is one CAS** from 0, which publishes the reason with it: the reason was encoded into its block before. So
 * exactly one of several cancels counts, and who sees the state can read why. A thread that dies before the CAS has
 * cancelled nothing (its reason's block is lost); one that dies after it, before it rang, leaves the state, and whoever
 * observes the death rings those who wait.
 */
import type { Arena } from '../memory/arena.ts';
import { compareExchange, load, store } from '../memory/atomic.ts';
import { wake } from '../signal/local-waits.ts';
import { forEachInterested, KIND, OWN, STATE } from '../signal/primitive-block.ts';
import { registerRecovery } from '../signal/recovery.ts';

const PARENT = OWN;
const PARENT_USE = OWN + 1;
const DEADLINE = OWN + 2;

export const LIVE = 0;
export const CANCELLED = 1;
export const EXPIRED = 2;
export const DISPOSED = 3;
/** States from here on are offsets of reasons. */
export const FIRST_REASON = 64;

/** One token's block, in one thread. */
export class CancelBlock {
  readonly #arena: Arena;
  readonly #offset: number;
  readonly #words: Int32Array;
  readonly #base: number;

  constructor(arena: Arena, offset: number) {
    this.#arena = arena;
    this.#offset = offset;
    this.#words = arena.i32;
    this.#base = offset >> 2;
  }

  /** LIVE, how it ended, or the offset of its reason. */
  get state(): number {
    return load(this.#words, this.#base + STATE);
  }

  /** When it ends by itself. */
  get deadline(): number {
    return this.#arena.f64[(this.#base + DEADLINE) >> 1] as number;
  }

  /** Before anyone else sees the block. */
  setDeadline(at: number): void {
    this.#arena.f64[(this.#base + DEADLINE) >> 1] = at;
  }

  /** The parent's offset, or 0, and the generation of its block. */
  get parent(): { readonly offset: number; readonly generation: number } {
    return {
      offset: load(this.#words, this.#base + PARENT),
      generation: load(this.#words, this.#base + PARENT_USE),
    };
  }

  /** Before anyone else sees the block. */
  setParent(offset: number, generation: number): void {
    store(this.#words, this.#base + PARENT_USE, generation);
    store(this.#words, this.#base + PARENT, offset);
  }

  /** Ends it, and tells those who wait. Returns whether it was still live. */
  end(state: number): boolean {
    if (compareExchange(this.#words, this.#base + STATE, LIVE, state) !== LIVE) return false;
    this.tellEveryone();
    return true;
  }

  /** Nothing can end it any more. Returns how it had ended before. */
  dispose(): number {
    return compareExchange(this.#words, this.#base + STATE, LIVE, DISPOSED);
  }

  tellEveryone(): void {
    forEachInterested(this.#words, this.#base, (thread) => wake(this.#arena, this.#offset, thread));
  }
}

registerRecovery(KIND.cancelToken, {
  alert(arena, offset) {
    const block = new CancelBlock(arena, offset);
    if (block.state !== LIVE) block.tellEveryone();
  },
});
