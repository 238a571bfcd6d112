import { readBuiltin } from './builtin-reader.ts';
import { corrupt } from './corrupt.ts';
import { KeyBlocks, type Shape } from './key-blocks.ts';
import type { KeyTable } from './key-table.ts';
import { compileMaker } from './object-maker.ts';
import { TextReader } from './text-reader.ts';
import {
  ARRAY,
  ASCII,
  END,
  FALSE,
  FLOAT64,
  HOLE,
  INT24,
  INT32,
  MAX_DEPTH,
  MESSAGE_REFERS,
  NULL,
  OBJECT,
  OBJECT_BLOCK,
  OBJECT_EXTRAS,
  OBJECT_TABLED,
  REF,
  SPARSE_ARRAY,
  TEXT,
  TRUE,
  UNDEFINED,
  UTF16,
} from './tags.ts';

type Plain = Record<string, unknown>;

/** Longer arrays are allocated at once; shorter ones by pushing, which leaves them packed. */
const PUSHED_ELEMENTS = 16;
/** A shape that was met so often is worth code of its own. */
const COMPILED_FROM = 100;

/** Reads values of any kind, recursively. */
export class ValueReader extends TextReader {
  readonly arenaBuffer: SharedArrayBuffer | undefined;

  readonly #blocks: KeyBlocks;
  readonly #objects: unknown[] = [];
  #count = 0;
  #depth = 0;
  /** The block read last: objects of one shape often follow each other. */
  #lastLink = -1;
  #lastShape: Shape | undefined = undefined;
  /** Whether the message refers to its objects by number: if not, none needs to be remembered. */
  #refers = false;

  constructor(arenaBuffer: SharedArrayBuffer | undefined, table: KeyTable | undefined) {
    super();
    this.arenaBuffer = arenaBuffer;
    this.#blocks = new KeyBlocks(table);
  }

  /** Forgets the message's objects. Must follow every message. */
  close(): void {
    this.#lastLink = -1;
    this.#depth = 0;
    if (this.#count === 0) return;
    if (this.#count > 64) this.#objects.length = 0;
    else for (let i = 0; i < this.#count; i++) this.#objects[i] = undefined;
    this.#count = 0;
  }

  /** Gives the next number to an object that begins here. */
  remember(object: unknown): number {
    if (!this.#refers) return 0;
    const number = this.#count++;
    this.#objects[number] = object;
    return number;
  }

  /** Says which object a number given before it was made stands for. */
  replace(number: number, object: unknown): void {
    if (this.#refers) this.#objects[number] = object;
  }

  /** A whole message. */
  message(): unknown {
    this.#refers = (this.begin() & MESSAGE_REFERS) !== 0;
    return this.value();
  }

  value(): unknown {
    const at = this.at;
    if (at >= this.end) throw corrupt('the message breaks off', at);
    const header = this.words[at] as number;
    const tag = header & 0xff;
    this.at = at + 1;
    if (tag === INT24) return header >> 8;
    if (tag === TEXT) return this.bundled(header >>> 8);
    if (tag === OBJECT) return this.#plain(header >>> 8);
    if (tag === TRUE) return true;
    if (tag === FALSE) return false;
    if (tag === FLOAT64) return this.double();
    if (tag === ARRAY) return this.#array(header >>> 8);
    if (tag === NULL) return null;
    if (tag === UNDEFINED) return undefined;
    if (tag === INT32) return this.word();
    if (tag >= ASCII && tag <= UTF16) return this.text(header);
    if (tag === REF) return this.#known(header >>> 8);
    if (tag === SPARSE_ARRAY) return this.#sparseArray();
    this.descend();
    const value = readBuiltin(this, tag, header >>> 8);
    this.#depth--;
    return value;
  }

  /** Whether END comes next; skips it if so. */
  atEnd(): boolean {
    if (this.at >= this.end) throw corrupt('the message breaks off', this.at);
    if (this.words[this.at] !== END) return false;
    this.at++;
    return true;
  }

  descend(): void {
    // Some values that are no objects count here, but not in the writer.
    if (++this.#depth > MAX_DEPTH + 2) throw corrupt('values nest too deep', this.at);
  }

  #known(number: number): unknown {
    if (number >= this.#count) throw corrupt('a reference to an object that was not there', this.at - 1);
    return this.#objects[number];
  }

  #plain(flags: number): Plain {
    this.descend();
    const link = this.word();
    const shape = (flags & OBJECT_TABLED) !== 0 ? this.#tabledShape(link) : this.#shapeAt(link);
    const object = shape.make === undefined ? this.#make(shape) : shape.make(this);
    if ((flags & OBJECT_EXTRAS) !== 0) this.#pairs(object);
    if ((flags & OBJECT_BLOCK) !== 0) {
      if (this.at !== this.origin + link) throw corrupt('an object of another length', this.at);
      this.at += shape.block.length;
    }
    this.#depth--;
    return object;
  }

  /** Without code made for the shape: it is new, or may have none. */
  #make(shape: Shape): Plain {
    const object: Plain = {};
    const { keys } = shape;
    this.remember(object);
    if (shape.assignable) {
      this.#assign(object, keys, keys.length);
      if (++shape.uses === COMPILED_FROM) shape.make = compileMaker(keys);
    } else {
      for (const key of keys) define(object, key, this.value());
    }
    return object;
  }

  /**
   * Each place in an object has a store of its own here: where objects of one shape come again and again, each store
   * sees one name and one hidden class, which is several times faster than one store that sees them all.
   */
  #assign(object: Plain, keys: readonly string[], count: number): void {
    if (count === 0) return;
    object[keys[0] as string] = this.value();
    if (count === 1) return;
    object[keys[1] as string] = this.value();
    if (count === 2) return;
    object[keys[2] as string] = this.value();
    if (count === 3) return;
    object[keys[3] as string] = this.value();
    if (count === 4) return;
    object[keys[4] as string] = this.value();
    if (count === 5) return;
    object[keys[5] as string] = this.value();
    if (count === 6) return;
    object[keys[6] as string] = this.value();
    if (count === 7) return;
    object[keys[7] as string] = this.value();
    for (let i = 8; i < count; i++) object[keys[i] as string] = this.value();
  }

  #tabledShape(place: number): Shape {
    const shape = this.#blocks.tabled(place);
    if (shape === undefined) throw corrupt('an object without keys', this.at - 1);
    return shape;
  }

  #shapeAt(link: number): Shape {
    if (link === this.#lastLink) return this.#lastShape as Shape;
    const place = this.origin + link;
    const shape =
      link >= 0 && place + 2 <= this.end ? this.#blocks.find(this.words, this.bytes, place, this.end) : undefined;
    if (shape === undefined) throw corrupt('an object without keys', this.at - 1);
    this.#lastLink = link;
    this.#lastShape = shape;
    return shape;
  }

  #array(length: number): unknown[] {
    if (this.at + length > this.end) throw corrupt('the message breaks off', this.at);
    this.descend();
    const pushed = length <= PUSHED_ELEMENTS;
    const array: unknown[] = pushed ? [] : new Array<unknown>(length);
    this.remember(array);
    for (let i = 0; i < length; i++) {
      if (this.at < this.end && this.words[this.at] === HOLE) {
        this.at++;
        array.length = Math.max(array.length, i + 1);
      } else if (pushed) {
        array.push(this.value());
      } else {
        array[i] = this.value();
      }
    }
    this.#depth--;
    return array;
  }

  #sparseArray(): unknown[] {
    this.descend();
    const array: unknown[] = [];
    array.length = this.word() >>> 0;
    this.remember(array);
    this.#pairs(array as unknown as Plain);
    this.#depth--;
    return array;
  }

  #pairs(object: Plain): void {
    while (!this.atEnd()) {
      const key = this.value();
      if (typeof key !== 'string' && typeof key !== 'number') throw corrupt('a key that is no key', this.at);
      const value = this.value();
      if (key in object) define(object, key, value);
      else object[key] = value;
    }
  }
}

/** Makes an own property, even of a name that an assignment would take for something else (`__proto__`). */
function define(object: Plain, key: string | number, value: unknown): void {
  Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
}
