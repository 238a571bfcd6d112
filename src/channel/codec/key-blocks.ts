import type { KeyTable } from './key-table.ts';
import type { ObjectMaker } from './object-maker.ts';

/** A power of two; each place holds the block last seen there, its neighbour the one before. */
const PLACES = 2048;

/** The keys of a block, as the receiver knows them. */
export interface Shape {
  readonly keys: readonly string[];
  /** The block's words, to know it again. */
  readonly block: Int32Array;
  /** False if a key names a member of Object.prototype, so that plain assignment might not make a property of it. */
  readonly assignable: boolean;
  /** How many objects of this shape there were before it had code of its own. */
  uses: number;
  make: ObjectMaker | undefined;
}

/** The key blocks that one decoder has met: turns a block's words into interned strings without reading its text. */
export class KeyBlocks {
  readonly #shapes: (Shape | undefined)[] = new Array<Shape | undefined>(PLACES).fill(undefined);
  readonly #table: KeyTable | undefined;
  /** The shapes of the table's blocks, by place: a block that is there stays. */
  readonly #tabled: (Shape | undefined)[] = [];

  constructor(table: KeyTable | undefined) {
    this.#table = table;
  }

  /** The shape of the block at a place of the table; undefined if none stands there. */
  tabled(place: number): Shape | undefined {
    return this.#tabled[place] ?? this.#readTabled(place);
  }

  /**
   * The shape of the block at `at`, which must end by `end`; undefined if what stands there is no block.
   */
  find(words: Int32Array, bytes: Uint8Array, at: number, end: number): Shape | undefined {
    const place = (words[at + 1] as number) & (PLACES - 1);
    const shape = this.#shapes[place];
    if (shape !== undefined && matches(shape.block, words, at, end)) return shape;
    return this.#findElsewhere(words, bytes, at, end, place);
  }

  #readTabled(place: number): Shape | undefined {
    const table = this.#table;
    if (table === undefined || place < 0 || place + 2 > table.words.length) return undefined;
    const shape = this.find(table.words, table.bytes, place, table.words.length);
    this.#tabled[place] = shape;
    return shape;
  }

  #findElsewhere(words: Int32Array, bytes: Uint8Array, at: number, end: number, place: number): Shape | undefined {
    const neighbour = place ^ 1;
    let shape = this.#shapes[neighbour];
    if (shape === undefined || !matches(shape.block, words, at, end)) {
      shape = readBlock(words, bytes, at, end);
      if (shape === undefined) return undefined;
    }
    this.#shapes[neighbour] = this.#shapes[place];
    this.#shapes[place] = shape;
    return shape;
  }
}

function matches(block: Int32Array, words: Int32Array, at: number, end: number): boolean {
  const { length } = block;
  if (at + length > end) return false;
  for (let i = 0; i < length; i++) {
    if (block[i] !== words[at + i]) return false;
  }
  return true;
}

function readBlock(words: Int32Array, bytes: Uint8Array, at: number, end: number): Shape | undefined {
  const header = words[at] as number;
  const length = header >>> 8;
  const count = header & 0xff;
  if (length < 2 || at + length > end) return undefined;
  const limit = (at + length) << 2;
  const lengths = (at + 2) << 2;
  let from = lengths + count;
  if (from > limit) return undefined;
  const keys: string[] = [];
  for (let i = 0; i < count; i++) {
    const to = from + (bytes[lengths + i] as number);
    if (to > limit) return undefined;
    keys.push(intern(readKey(bytes, from, to)));
    from = to;
  }
  return {
    keys,
    block: words.slice(at, at + length),
    assignable: keys.every((key) => !(key in Object.prototype)),
    uses: 0,
    make: undefined,
  };
}

function readKey(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}

/** The same text as the engine's own copy of the property name, which keyed stores are fastest with. */
function intern(key: string): string {
  return Object.keys({ [key]: 0 })[0] as string;
}
