import { compareExchange, load, store } from '../../memory/atomic.ts';

/** The table has no room for the block. */
export const NO_PLACE = -1;

/**
 * Key blocks in shared memory, for all encoders and decoders of a pool: a shape that is met often is written here once,
 * and its objects then name its place, so that no message repeats its keys and no receiver compares them.
 *
 * ```text
 * | words << 8 + keys | hash | key lengths and characters | words << 8 + keys | hash | ... | 0 ...
 * ```
 *
 * Blocks stand one after the other, in the form that they have in a message, and are there to stay. Who adds one claims
 * the zero behind the last by a CAS that says at once how long the block is, writes its characters plainly, and then,
 * atomically, its hash, which was 0. Whoever reads the hash sees the whole block; so does whoever reads a message that
 * names the block, as messages are handed over by atomics, later still. Two threads that add the same block at once may
 * leave it twice, and one that dies in between leaves a block without a hash, which all others step over.
 */
export class KeyTable {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;

  /** The memory must be all zeroes before the first table is laid over it. */
  constructor(buffer: SharedArrayBuffer, byteOffset: number, byteLength: number) {
    this.words = new Int32Array(buffer, byteOffset, byteLength >> 2);
    this.bytes = new Uint8Array(buffer, byteOffset, byteLength);
  }

  /** Where the block stands, in words; it is added if need be. NO_PLACE if there is no room for it. */
  placeOf(block: Int32Array): number {
    const { words } = this;
    const header = block[0] as number;
    const hash = block[1] as number;
    // A hash of 0 would never be seen.
    if (hash === 0) return NO_PLACE;
    let place = 0;
    while (place + block.length <= words.length) {
      const found = compareExchange(words, place, 0, header);
      if (found === 0) {
        words.set(block.subarray(2), place + 2);
        store(words, place + 1, hash);
        return place;
      }
      if (found === header && load(words, place + 1) === hash && this.#holds(block, place)) return place;
      place += found >>> 8;
    }
    return NO_PLACE;
  }

  #holds(block: Int32Array, place: number): boolean {
    for (let i = 2; i < block.length; i++) if (block[i] !== this.words[place + i]) return false;
    return true;
  }
}
