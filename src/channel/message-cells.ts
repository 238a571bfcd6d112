/**
 * The cells of a ring of messages. A position counts messages from 0, modulo 2^32; it lies in cell `position mod
 * cells`, in lap `position / cells`. A cell is a quarter of a line in a table of small ones (a stream of numbers
 * touches nothing else) and a body in a table of large ones:
 *
 *     word 0     state    lap (23 bits) | thread (6 bits) | what it is in (3 bits); all claims are CASes on this word
 *     word 1     carrier  bytes, a multiple of 4 | how the message travels (3 bits; 0: there is none)
 *     word 2, 3  a number as a float64; or the offset of the arena block that has the bytes, and its generation
 *     body       the bytes, if they fit
 *
 * Only the thread that has claimed the cell touches words 1 to 3 and the body. One that dies with a claim leaves its
 * number in the state; whoever takes the cell over frees the block that it names, unless it was freed already: that is
 * what the generation tells. A death right between allocating a block and naming it loses that block.
 */
import { type Arena, MAX_THREADS } from '../memory/arena.ts';
import { Decoder } from './codec/decoder.ts';
import { BLOCK, BYTES, NONE, NUMBER, PackedMessage, UNDEFINED } from './packed-message.ts';

/** The kind of the arena blocks that hold large messages. */
export const MESSAGE_BLOCK = 0x52455604;

const CARRIER = 1;
const BLOCK_OFFSET = 2;
const BLOCK_GENERATION = 3;
const CELL_WORDS = 4;
const CARRIER_BITS = 3;
const CARRIER_MASK = 7;

const STATE_BITS = 3;
const STATE_MASK = 7;
const THREAD_MASK: number = MAX_THREADS - 1;
const TAG_SHIFT = 9;

/** Bodies of one ring take about so much at most, as long as each has at least the least. */
const BODIES_BYTES = 1 << 20;
/** Bytes of the largest body. */
export const MOST_BODY_BYTES = 256;
const LEAST_BODY_BYTES = 32;

/** The most messages that a ring may hold. */
export const MOST_CELLS: number = 2 ** 20;

/** log2 of the number of cells that hold `count` messages. */
export function cellsShift(count: number): number {
  return 32 - Math.clz32(count - 1);
}

/** How many bytes the cells of a ring take. */
export function cellsBytes(shift: number): number {
  return (CELL_WORDS * 4 + bodyBytes(shift)) << shift;
}

function bodyBytes(shift: number): number {
  return Math.max(LEAST_BODY_BYTES, Math.min(MOST_BODY_BYTES, BODIES_BYTES >> shift));
}

/** One thread's view of the cells of a ring. */
export class MessageCells {
  readonly #arena: Arena;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #first: number;
  readonly #bodies: number;
  readonly #bodyWords: number;
  readonly #shift: number;
  readonly #mask: number;
  readonly #tagMask: number;
  #decoder: Decoder | undefined;

  /** @param first - word index of the first cell, which lies on a line */
  constructor(arena: Arena, first: number, shift: number) {
    this.#arena = arena;
    this.#words = arena.i32;
    this.#doubles = arena.f64;
    this.#first = first;
    this.#shift = shift;
    this.#mask = (1 << shift) - 1;
    this.#bodies = first + (CELL_WORDS << shift);
    this.#bodyWords = bodyBytes(shift) >> 2;
    // Positions have 32 bits: in a large ring laps start again at 0 before the 23 bits are used up.
    this.#tagMask = shift <= TAG_SHIFT ? -1 << TAG_SHIFT : ((1 << (32 - shift)) - 1) << TAG_SHIFT;
  }

  get count(): number {
    return this.#mask + 1;
  }

  /** Word index of the cell of a position: where its state is. */
  cell(position: number): number {
    return this.#first + (position & this.#mask) * CELL_WORDS;
  }

  /** The lap of a position, in the place that it has in a state. */
  tag(position: number): number {
    return (position >>> this.#shift) << TAG_SHIFT;
  }

  tagOf(state: number): number {
    return state & this.#tagMask;
  }

  nextTag(tag: number): number {
    return (tag + (1 << TAG_SHIFT)) & this.#tagMask;
  }

  /** Writes a message into a cell that the caller has claimed. Throws an ArenaFullError if there is no room for it. */
  write(cell: number, message: PackedMessage): void {
    const words = this.#words;
    const { carrier, size } = message;
    if (carrier === NUMBER) {
      this.#doubles[(cell + 2) >> 1] = message.number;
      words[cell + CARRIER] = NUMBER;
    } else if (carrier === UNDEFINED) {
      words[cell + CARRIER] = UNDEFINED;
    } else if (size <= this.#bodyWords << 2) {
      const body = this.#body(cell);
      const source = message.words;
      for (let word = 0; word < size >> 2; word++) words[body + word] = source[word] as number;
      words[cell + CARRIER] = (size << CARRIER_BITS) | BYTES;
    } else {
      const offset = this.#arena.allocate(size, MESSAGE_BLOCK, false);
      words[cell + BLOCK_OFFSET] = offset;
      words[cell + BLOCK_GENERATION] = this.#arena.generation(offset);
      words[cell + CARRIER] = (size << CARRIER_BITS) | BLOCK;
      this.#arena.u8.set(size === message.bytes.length ? message.bytes : message.bytes.subarray(0, size), offset);
    }
  }

  /** The message in a cell that nobody else may touch. */
  read(cell: number): unknown {
    const word = this.#words[cell + CARRIER] as number;
    const carrier = word & CARRIER_MASK;
    if (carrier === NUMBER) return this.#doubles[(cell + 2) >> 1];
    if (carrier === UNDEFINED) return undefined;
    const start = carrier === BLOCK ? (this.#words[cell + BLOCK_OFFSET] as number) : this.#body(cell) << 2;
    return this.#decode(this.#arena.u8, start, word >>> CARRIER_BITS);
  }

  /**
   * Copies the message in a cell that may be overwritten meanwhile: the copy is worth something only if the state is
   * the same afterwards. Undefined if it cannot be.
   *
   * @param into - is used for small messages, and has room for them
   */
  copy(cell: number, into: PackedMessage): PackedMessage | undefined {
    const words = this.#words;
    const word = words[cell + CARRIER] as number;
    into.carrier = word & CARRIER_MASK;
    into.size = word >>> CARRIER_BITS;
    if (into.carrier === NUMBER) {
      into.number = this.#doubles[(cell + 2) >> 1] as number;
    } else if (into.carrier === BYTES) {
      if (into.size > this.#bodyWords << 2) return undefined;
      const body = this.#body(cell);
      for (let index = 0; index < into.size >> 2; index++) into.words[index] = words[body + index] as number;
    } else if (into.carrier === BLOCK) {
      const start = words[cell + BLOCK_OFFSET] as number;
      return PackedMessage.of(new Uint8Array(this.#arena.u8.subarray(start, start + into.size)));
    }
    return into;
  }

  /** The message that was copied. */
  unpack(copy: PackedMessage): unknown {
    if (copy.carrier === NUMBER) return copy.number;
    return copy.carrier === UNDEFINED ? undefined : this.#decode(copy.bytes, 0, copy.size);
  }

  /** Empties a cell that the caller has claimed, or taken over from a dead thread at whichever step. */
  clear(cell: number): void {
    const carrier = (this.#words[cell + CARRIER] as number) & CARRIER_MASK;
    if (carrier === NONE) return;
    if (carrier === BLOCK) this.#freeBlock(cell);
    this.#words[cell + CARRIER] = NONE;
  }

  #freeBlock(cell: number): void {
    const offset = this.#words[cell + BLOCK_OFFSET] as number;
    const isThere = this.#arena.generation(offset) === this.#words[cell + BLOCK_GENERATION];
    // A thread that died while it freed the block may have got only half way.
    if (isThere && this.#arena.blockAt(offset) !== undefined) this.#arena.free(offset);
  }

  #decode(bytes: Uint8Array, start: number, size: number): unknown {
    this.#decoder ??= new Decoder(this.#arena.buffer);
    return this.#decoder.decode(bytes, start, start + size);
  }

  #body(cell: number): number {
    return this.#bodies + ((cell - this.#first) / CELL_WORDS) * this.#bodyWords;
  }
}

/** What a cell is in, without lap and thread. */
export function stateOf(word: number): number {
  return word & STATE_MASK;
}

/** The thread that a claimed cell names. */
export function claimantOf(word: number): number {
  return (word >>> STATE_BITS) & THREAD_MASK;
}

/** A state that names a thread. */
export function claim(tag: number, thread: number, state: number): number {
  return tag | (thread << STATE_BITS) | state;
}
