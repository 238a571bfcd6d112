/** What all waitable primitives have in common: a block in the arena, a handle, and what a wait needs from them. */
import { ReveilleError } from '../errors.ts';
import { Arena, defaultArena, defaultArenaOr } from '../memory/arena.ts';
import { type Handle, SharedObject } from '../memory/shared-object.ts';
import { forEachInterested, PRIMITIVE_BYTES } from './primitive-block.ts';
import { wake } from './local-waits.ts';
import type { Wait, Waiter } from './wait.ts';

/**
 * The base of the primitives that can be waited for. Its members are for the engine; the primitives themselves are what
 * programs use.
 */
export abstract class Primitive extends SharedObject implements Disposable {
  /** Where the primitive lives. Send it to another thread, and make the same primitive there with `from`. */
  readonly handle: Handle;
  /** @internal What it is called in messages. */
  readonly name: string;
  /** @internal */
  readonly arena: Arena;
  /** @internal Which use of its block it is: differs once it was disposed, by whichever thread. */
  readonly generation: number;
  /** @internal The arena's words, and the index of the block's first. */
  readonly words: Int32Array;
  /** @internal */
  readonly base: number;

  /**
   * @param handle - of an existing primitive; a new one is made in this thread's default arena without it
   * @param bytes - of a new one's block
   */
  protected constructor(name: string, kind: number, handle: Handle | undefined, bytes: number = PRIMITIVE_BYTES) {
    super();
    this.name = name;
    if (handle === undefined) {
      this.arena = defaultArena();
      const offset = this.arena.allocate(bytes, kind);
      this.handle = { buffer: this.arena.buffer, kind, offset };
    } else {
      checkHandle(name, kind, handle);
      this.arena = Arena.attach(handle.buffer);
      if (this.arena.blockAt(handle.offset)?.kind !== kind) {
        throw new ReveilleError(`Cannot attach to the ${name} at offset ${handle.offset}: it was disposed`);
      }
      // A thread that was started by hand lives in the arena that it is first given something of.
      defaultArenaOr(this.arena);
      this.handle = { buffer: this.arena.buffer, kind, offset: handle.offset };
    }
    this.words = this.arena.i32;
    this.base = this.handle.offset >> 2;
    this.generation = this.arena.generation(this.handle.offset);
  }

  /** @internal Whether what it gives goes to one waiter only. */
  abstract readonly isExclusive: boolean;
  /** @internal Whether its waiters in one thread go on in the order in which they came; else each as soon as it can. */
  readonly isOrdered: boolean = true;
  /** @internal Counts what can only help waiters; constant where a failed try means that nothing is left. */
  abstract readonly version: number;
  /** @internal What a waiter that starts now will compare with. */
  abstract observe(): number;
  /** @internal Milliseconds until it changes by itself, because its time has come. Infinity: it never does. */
  get changesIn(): number {
    return Infinity;
  }

  /** @internal Makes it the thing at `index` that `wait` is for, with whatever else may happen to it first. */
  addTo(wait: Wait, index: number, amount = 1): void {
    wait.add(this, index, amount);
  }

  /**
   * @internal Takes what `waiter` asks for, or takes nothing and returns false. What it throws ends the wait: what was
   *   asked for can never be had.
   */
  abstract tryTake(waiter: Waiter, thread: number): boolean;
  /** @internal Undoes a `tryTake`. */
  abstract giveBack(amount: number): void;
  /** @internal Wakes another thread than `thread` if something is left that it may want. */
  abstract passOn(thread: number): void;

  /** @internal `waiter` is first in its thread and was passed over. Returns whether it should try again at once. */
  reserve(_waiter: Waiter, _thread: number): boolean {
    return false;
  }

  /**
   * @internal `waiter`, which is held, will not go on: takes back what the primitive holds for it. The waiter stays
   *   held if it has passed, though it does not know yet: then nothing can end it.
   */
  withdraw(_waiter: Waiter, _thread: number): void {}

  /** Whether it was disposed, by this thread or another. */
  get isDisposed(): boolean {
    return this.arena.generation(this.handle.offset) !== this.generation;
  }

  /**
   * Gives its memory back to the arena. Waits for it that are under way, in any thread, are rejected. Dispose it once
   * no thread will use it any more: its place may serve something else at once.
   */
  [Symbol.dispose](): void {
    if (this.isDisposed) return;
    const interested: number[] = [];
    // After the generation has changed: who sets its bit later sees the new generation when it looks.
    this.arena.free(this.handle.offset, () => {
      forEachInterested(this.words, this.base, (thread) => interested.push(thread));
    });
    for (const thread of interested) wake(this.arena, this.handle.offset, thread);
  }

  /** @internal Refuses the use of a primitive that was disposed: its block may belong to something else. */
  check(): void {
    if (this.isDisposed) throw new ReveilleError(`Cannot use the ${this.name}: it was disposed`);
  }
}

export function checkHandle(name: string, kind: number, handle: unknown): asserts handle is Handle {
  if (typeof handle !== 'object' || handle === null) {
    throw new TypeError(`Expected the handle of a ${name}, got ${handle === null ? 'null' : typeof handle}`);
  }
  const { buffer, kind: actual, offset } = handle as Partial<Handle>;
  if (buffer === undefined || actual === undefined || typeof offset !== 'number') {
    throw new TypeError(`Expected the handle of a ${name}, got an object without buffer, kind and offset`);
  }
  if (actual !== kind) {
    throw new TypeError(`Expected the handle of a ${name} (kind ${kind}), got one of kind ${String(actual)}`);
  }
}
