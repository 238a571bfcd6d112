/** The death of a thread in a schedule: how it ends the thread's code, and what that leaves behind. */

/** Thrown out of the operation at which a thread dies, and out of every later one: nothing more of it has an effect. */
export class ThreadDeath extends Error {
  override readonly name = 'ThreadDeath';
}

type Part = Uint8Array | Int32Array | Float64Array;

/**
 * What a thread had written when it died. Its `finally` blocks run while it unwinds, as those of a thread that really
 * died would not, and their plain writes and the time that passed are taken back.
 */
export class DeathSnapshot {
  readonly #parts: ReadonlyArray<readonly [part: Part, kept: Part]>;

  constructor(tested: SharedArrayBuffer, scratch: Int32Array, clock: Float64Array) {
    this.#parts = [new Uint8Array(tested), scratch, clock].map((part) => [part, part.slice()]);
  }

  restore(): void {
    for (const [part, kept] of this.#parts) part.set(kept);
  }
}
