/**
 * The heap of an arena: any thread allocates and frees at any time, without locks, and may die at any step.
 *
 * A block is a header line followed by whole lines of payload. Its size never changes, so the heap can be walked from
 * its first line at any time. The words of a header:
 *
 *     0  lines    of the block, header included; 0 while nothing has ever been allocated here
 *     1  kind     0 while free, otherwise what the owner uses it for
 *     2  next     line of the next block in the free list, 0 at its end
 *     3  bytes    as asked for
 *     4  uses     how often the block has changed hands; tells a stale handle from a fresh one
 *     5  check    proves that an offset handed to `free` is a block
 *
 * **Fresh memory** is taken at the top. Who wants a block there writes its size over the 0 with one CAS; that is the
 * claim. Only then is the top moved, by whoever comes first: the claimant, or the next thread that finds the size
 * written (helping, as in the queue of Michael and Scott, https://doi.org/10.1145/248052.248106). So a thread that dies
 * between the two steps leaves a block that anyone can step over, and the words above the top are always 0.
 *
 * **Freed blocks** go to the list of their size class, a Treiber stack
 * (https://dominoweb.draco.res.ibm.com/58319a2ed2b1078985257003004617ef.html). Its head is a 64-bit word: 32 bits of
 * line, 32 bits of tag which every change increments, so that a head read long ago never compares equal to a later one
 * with the same line (ABA).
 *
 * **Death.** Between claim and `kind` (allocating) or between `kind` and push (freeing) one thread holds at most one
 * block, and no word of it blocks others: at most that block is lost.
 *
 * Blocks are neither split nor merged: that would need a lock or make the walk unsafe. When a class and the top are
 * exhausted, a larger free block is given instead.
 */
import { ArenaFullError, ReveilleError } from '../errors.ts';
import { add, compareExchange, load, store } from './atomic.ts';
import { FREE_LISTS_OFFSET, HEAP_LINE, LINE_BYTES, LINE_WORDS, TOP_WORD } from './layout.ts';
import { classHolding, classWithin, linesOfClass, SIZE_CLASSES } from './size-class.ts';

const LINES = 0;
const KIND = 1;
const NEXT = 2;
const BYTES = 3;
const USES = 4;
const CHECK = 5;
const FREE = 0;
const CHECK_PATTERN = 0x5ca1ab1e;

/** A block that is in use. */
export interface Block {
  /** Byte offset of its payload in the arena. */
  readonly offset: number;
  readonly kind: number;
  /** As asked for when it was allocated. */
  readonly bytes: number;
}

/** How much room a heap has. All in bytes, headers included. */
export interface HeapRoom {
  /** Not in use: never touched, or freed. */
  readonly free: number;
  /** The largest block that could be allocated. */
  readonly largest: number;
}

/** The lock-free heap inside an arena's memory. */
export class Allocator {
  readonly #words: Int32Array;
  readonly #heads: BigInt64Array;
  readonly #bytes: Uint8Array;
  readonly #endLine: number;

  constructor(buffer: SharedArrayBuffer, endLine: number) {
    this.#words = new Int32Array(buffer);
    this.#heads = new BigInt64Array(buffer, FREE_LISTS_OFFSET, SIZE_CLASSES * (LINE_BYTES / 8));
    this.#bytes = new Uint8Array(buffer);
    this.#endLine = endLine;
  }

  /** Makes a fresh arena's heap. Called once, before any other thread can see the memory. */
  initialize(): void {
    store(this.#words, TOP_WORD, HEAP_LINE);
  }

  allocate(bytes: number, kind: number, zeroed: boolean): number {
    const payloadLines = Math.ceil(bytes / LINE_BYTES);
    const wanted = classHolding(payloadLines);
    // The same class first, then fresh memory, and only then a block that is larger than it need be.
    let line = wanted < SIZE_CLASSES ? this.#pop(wanted) : 0;
    let fresh = false;
    if (line === 0) {
      line = this.#extend(payloadLines + 1, linesOfClass(wanted) + 1);
      fresh = line !== 0;
    }
    if (line === 0) line = this.#popOdd(wanted - 1, payloadLines + 1);
    for (let larger = wanted + 1; line === 0 && larger < SIZE_CLASSES; larger++) line = this.#pop(larger);
    if (line === 0) throw this.#full(bytes, kind);

    const word = line * LINE_WORDS;
    const offset = (line + 1) * LINE_BYTES;
    // Memory above the top has never been written; touching it would make the system commit it for nothing.
    if (zeroed && !fresh) this.#bytes.fill(0, offset, offset + payloadLines * LINE_BYTES);
    store(this.#words, word + BYTES, bytes);
    store(this.#words, word + CHECK, CHECK_PATTERN ^ line);
    add(this.#words, word + USES, 1);
    // Publishes: whoever sees the kind sees the zeros, which are plain writes before this atomic one.
    store(this.#words, word + KIND, kind);
    return offset;
  }

  free(offset: number, beforeReuse?: () => void): void {
    const word = this.#headerOf(offset);
    const kind = load(this.#words, word + KIND);
    // The CAS makes one of two threads that free the same block the loser.
    if (kind === FREE || compareExchange(this.#words, word + KIND, kind, FREE) !== kind) {
      throw new ReveilleError(`Cannot free the block at offset ${offset}: it is free already`);
    }
    add(this.#words, word + USES, 1);
    beforeReuse?.();
    this.#push(word / LINE_WORDS, classWithin(load(this.#words, word + LINES) - 1));
  }

  /** How often the block at `offset` has been allocated and freed: odd while it is in use, and never the same again. */
  uses(offset: number): number {
    return load(this.#words, this.#headerOf(offset) + USES);
  }

  /** The block at `offset`, if it is in use. */
  blockAt(offset: number): Block | undefined {
    const word = this.#headerOf(offset);
    const kind = load(this.#words, word + KIND);
    return kind === FREE ? undefined : { offset, kind, bytes: load(this.#words, word + BYTES) };
  }

  /** Walks the blocks in use. Those allocated or freed meanwhile may or may not be seen. */
  *blocks(): Generator<Block, void, undefined> {
    for (const word of this.#headers()) {
      const kind = load(this.#words, word + KIND);
      if (kind === FREE) continue;
      yield { offset: (word + LINE_WORDS) * 4, kind, bytes: load(this.#words, word + BYTES) };
    }
  }

  /** Walks the whole heap to see what is left. */
  room(): HeapRoom {
    let end = HEAP_LINE;
    let free = 0;
    let largest = 0;
    for (const word of this.#headers()) {
      const lines = load(this.#words, word + LINES);
      end = word / LINE_WORDS + lines;
      if (load(this.#words, word + KIND) !== FREE) continue;
      free += lines;
      largest = Math.max(largest, lines - 1);
    }
    const untouched = this.#endLine - end;
    largest = Math.max(largest, untouched - 1);
    return { free: (free + untouched) * LINE_BYTES, largest: largest * LINE_BYTES };
  }

  /** Word index of every block's header, in use or not, in the order of the memory. */
  *#headers(): Generator<number, void, undefined> {
    let line = HEAP_LINE;
    while (line < this.#endLine) {
      const lines = load(this.#words, line * LINE_WORDS + LINES);
      if (lines === 0) return;
      if (lines < 0 || line + lines > this.#endLine) {
        throw new ReveilleError(`The arena is damaged: the block at line ${line} claims ${lines} lines`);
      }
      yield line * LINE_WORDS;
      line += lines;
    }
  }

  /** Takes fresh memory at the top: `ideal` lines, or what is left if that is at least `least`; 0 if it is not. */
  #extend(least: number, ideal: number): number {
    for (;;) {
      const top = load(this.#words, TOP_WORD);
      const room = this.#endLine - top;
      const word = top * LINE_WORDS;
      // `top` may be old by now; then its block is claimed, its size is not 0, and both CASes below fail harmlessly.
      const claimed = room > 0 ? load(this.#words, word + LINES) : 0;
      if (claimed !== 0) {
        compareExchange(this.#words, TOP_WORD, top, top + claimed);
        continue;
      }
      if (room < least) return 0;
      const lines = Math.min(ideal, room);
      if (compareExchange(this.#words, word + LINES, 0, lines) !== 0) continue;
      compareExchange(this.#words, TOP_WORD, top, top + lines);
      return top;
    }
  }

  #push(line: number, sizeClass: number): void {
    const index = sizeClass * (LINE_BYTES / 8);
    for (;;) {
      const head = load(this.#heads, index);
      store(this.#words, line * LINE_WORDS + NEXT, lineOf(head));
      if (compareExchange(this.#heads, index, head, headAfter(head, line)) === head) return;
    }
  }

  #pop(sizeClass: number): number {
    const index = sizeClass * (LINE_BYTES / 8);
    for (;;) {
      const head = load(this.#heads, index);
      const line = lineOf(head);
      if (line === 0) return 0;
      // Somebody may have taken the block since, and `next` may be stale: then the tag has moved and the CAS fails.
      const next = load(this.#words, line * LINE_WORDS + NEXT);
      if (compareExchange(this.#heads, index, head, headAfter(head, next)) === head) return line;
    }
  }

  /** The last block of the heap may have a size between two classes; it is listed under the smaller one. */
  #popOdd(sizeClass: number, leastLines: number): number {
    if (sizeClass < 0) return 0;
    const line = this.#pop(sizeClass);
    if (line === 0 || load(this.#words, line * LINE_WORDS + LINES) >= leastLines) return line;
    this.#push(line, sizeClass);
    return 0;
  }

  /** Word index of the header of the block whose payload starts at `offset`. */
  #headerOf(offset: number): number {
    const line = offset / LINE_BYTES - 1;
    const valid = Number.isInteger(line) && line >= HEAP_LINE && line < this.#endLine;
    if (!valid || load(this.#words, line * LINE_WORDS + CHECK) !== (CHECK_PATTERN ^ line)) {
      throw new RangeError(`Expected the offset of a block of this arena, got ${String(offset)}`);
    }
    return line * LINE_WORDS;
  }

  #full(bytes: number, kind: number): ArenaFullError {
    const { free, largest } = this.room();
    const size = this.#endLine * LINE_BYTES;
    return new ArenaFullError(
      `Cannot allocate ${bytes} bytes (kind ${kind}) in an arena of ${size} bytes: ${free} bytes are free, the ` +
        `largest piece has ${largest}; dispose what is no longer used, or create the arena with more bytes`,
    );
  }
}

function lineOf(head: bigint): number {
  return Number(head & 0xffff_ffffn);
}

function headAfter(head: bigint, line: number): bigint {
  return BigInt.asIntN(64, (((head >> 32n) + 1n) << 32n) | BigInt(line));
}
