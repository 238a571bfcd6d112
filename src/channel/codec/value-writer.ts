import { writeBuiltin } from './builtin-writer.ts';
import { host } from './host.ts';
import type { KeyTable } from './key-table.ts';
import { KeyTrie, type KeyNode } from './key-trie.ts';
import { isPlainInstance, isTrulyEmpty, kindOf } from './plain-objects.ts';
import { REFUSED } from './refusal.ts';
import { SeenObjects } from './seen-objects.ts';
import {
  ARRAY,
  BIGINT,
  BIGINT64,
  END,
  FALSE,
  FLOAT64,
  HOLE,
  INT24,
  INT32,
  LONG,
  MAX_DEPTH,
  MESSAGE_REFERS,
  NULL,
  OBJECT,
  OBJECT_BLOCK,
  OBJECT_EXTRAS,
  OBJECT_TABLED,
  REF,
  SPARSE_ARRAY,
  TRUE,
  UNDEFINED,
} from './tags.ts';
import { TextWriter } from './text-writer.ts';

const { getPrototypeOf, keys: keysOf, prototype: objectPrototype } = Object;
const hasOwn = objectPrototype.hasOwnProperty;

/** The names of the first indices, which would otherwise be looked up or made for every array. */
const INDEX_NAMES: readonly string[] = Array.from({ length: 100 }, (_, index) => String(index));

/** Writes values of any kind, recursively. Throws REFUSED at what it cannot write exactly. */
export class ValueWriter extends TextWriter {
  /** Where this program's shared objects live, besides the memory written to. */
  readonly arenaBuffer: SharedArrayBuffer | undefined;

  readonly #table: KeyTable | undefined;
  readonly #trie: KeyTrie = new KeyTrie();
  #refusedKeys = 0;
  #refers = false;
  #message = 0;
  #depth = 0;
  readonly #seen: SeenObjects = new SeenObjects();

  constructor(arenaBuffer: SharedArrayBuffer | undefined, table: KeyTable | undefined) {
    super();
    this.arenaBuffer = arenaBuffer;
    this.#table = table;
  }

  /** Forgets the message's objects. Must follow every message that held any. */
  close(): void {
    this.closeTexts();
    this.#seen.clear();
    this.#refers = false;
    this.#depth = 0;
    this.#message++;
    if (this.#refusedKeys > 0) {
      this.#trie.refused(this.#refusedKeys);
      this.#refusedKeys = 0;
    }
  }

  /** A whole message. */
  message(value: unknown, isList: boolean): void {
    this.begin();
    if (isList) this.#list(value as readonly unknown[]);
    else this.value(value);
    this.finish(this.#refers ? MESSAGE_REFERS : 0);
  }

  value(value: unknown): void {
    if (typeof value === 'number') this.number(value);
    else if (typeof value === 'string') this.text(value);
    else if (typeof value === 'object') {
      if (value === null) this.word(NULL);
      else this.#object(value);
    } else if (typeof value === 'boolean') this.word(value ? TRUE : FALSE);
    else if (value === undefined) this.word(UNDEFINED);
    else if (typeof value === 'bigint') this.#bigint(value);
    else throw REFUSED;
  }

  word(word: number): void {
    if (this.at >= this.limit) this.reserve(1);
    this.words[this.at++] = word;
  }

  number(value: number): void {
    const integer = value | 0;
    if (integer !== value || (integer === 0 && 1 / value < 0)) {
      this.double(FLOAT64, value);
    } else if ((integer << 8) >> 8 === integer) {
      this.word((integer << 8) | INT24);
    } else {
      this.reserve(2);
      this.words[this.at] = INT32;
      this.words[this.at + 1] = integer;
      this.at += 2;
    }
  }

  /** A list that is known to be an array without holes or other properties, such as a call's arguments. */
  #list(values: readonly unknown[]): void {
    this.#seen.numberOf(values);
    this.#depth++;
    this.#elements(values, values.length);
  }

  #bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.reserve(4);
      this.words[this.at] = BIGINT64;
      const place = (this.at + 2) & ~1;
      this.words[place] = Number(BigInt.asIntN(32, value));
      this.words[place + 1] = Number(BigInt.asIntN(32, value >> 32n));
      this.at = place + 2;
      return;
    }
    const digits = (value < 0n ? -value : value).toString(16);
    this.reserve(2 + ((digits.length + 3) >> 2));
    this.words[this.at] = BIGINT | (value < 0n ? 1 << 8 : 0);
    this.words[this.at + 1] = digits.length;
    const base = (this.at + 2) << 2;
    for (let i = 0; i < digits.length; i++) this.bytes[base + i] = digits.charCodeAt(i);
    this.at += 2 + ((digits.length + 3) >> 2);
  }

  #object(value: object): void {
    const known = this.#seen.numberOf(value);
    if (known >= 0) {
      if (known > LONG) throw REFUSED;
      this.#refers = true;
      this.word(REF | (known << 8));
      return;
    }
    if (host.isProxy(value) || ++this.#depth > MAX_DEPTH) throw REFUSED;
    if (Array.isArray(value)) {
      this.#array(value);
    } else {
      const prototype = getPrototypeOf(value) as object | null;
      const kind = kindOf(value);
      const isUntagged = kind === '[object Object]' && !ArrayBuffer.isView(value);
      if (isUntagged && (prototype === objectPrototype || isPlainInstance(value, prototype))) {
        this.#plain(value as Record<string, unknown>, prototype !== objectPrototype || hasInheritedKeys());
      } else {
        writeBuiltin(this, value, kind);
      }
    }
    this.#depth--;
  }

  #plain(value: Record<string, unknown>, mayInherit: boolean): void {
    this.reserve(2);
    const header = this.at - this.origin;
    this.at += 2;
    const { root } = this.#trie;
    let node: KeyNode = root;
    let extras = false;
    // for-in is the fastest way to an object's keys and values on V8.
    for (const key in value) {
      if (mayInherit && !hasOwn.call(value, key)) continue;
      if (!extras) {
        const next: KeyNode | undefined = node.key === key ? node.child : node.next(key);
        if (next === undefined) {
          extras = true;
          this.#refusedKeys++;
        } else {
          node = next;
        }
      }
      if (extras) this.text(key);
      this.value(value[key]);
    }
    if (extras) this.word(END);
    else if (node === root && !isTrulyEmpty(value)) throw REFUSED;
    this.#seal(header, node, extras ? OBJECT_EXTRAS : 0);
  }

  /** Writes an object's header, and its key block unless the table or the message has it already. */
  #seal(header: number, node: KeyNode, extras: number): void {
    const isTabled = this.#table !== undefined && node.isIn(this.#table);
    const isFirst = !isTabled && node.message !== this.#message;
    if (isFirst) {
      node.message = this.#message;
      node.link = this.at - this.origin;
      this.append(node.block);
    }
    const place = header + this.origin;
    const flags = isTabled ? extras | OBJECT_TABLED : isFirst ? extras | OBJECT_BLOCK : extras;
    this.words[place] = OBJECT | (flags << 8);
    this.words[place + 1] = isTabled ? node.place : node.link;
  }

  #array(value: readonly unknown[]): void {
    const { length } = value;
    // The host's look does not tell holes from elements, and there may be more of those than are written one by one.
    if (length >= host.hasOnlyIndicesFrom && length <= LONG && host.hasOnlyIndices?.(value) === true) {
      this.#elements(value, length);
      return;
    }
    const keys = keysOf(value);
    // Indices come first and in order: as many keys as elements, the last one the last index, so there are no others.
    if (keys.length === length && (length === 0 || keys[length - 1] === indexName(length - 1))) {
      this.#elements(value, length);
      return;
    }
    this.reserve(2);
    this.words[this.at] = SPARSE_ARRAY;
    this.words[this.at + 1] = length;
    this.at += 2;
    for (const key of keys) {
      // A getter may have removed what follows.
      if (!hasOwn.call(value, key)) continue;
      const index = Number(key);
      if (index < length && String(index) === key) this.number(index);
      else this.text(key);
      this.value((value as unknown as Record<string, unknown>)[key]);
    }
    this.word(END);
  }

  #elements(value: readonly unknown[], length: number): void {
    if (length > LONG) throw REFUSED;
    this.word(ARRAY | (length << 8));
    for (let i = 0; i < length; i++) {
      const element = value[i];
      if (element === undefined && !hasOwn.call(value, i)) this.word(HOLE);
      else this.value(element);
    }
  }
}

function indexName(index: number): string {
  return INDEX_NAMES[index] ?? String(index);
}

/** Whether somebody added enumerable members to Object.prototype, which for-in would show on every object. */
function hasInheritedKeys(): boolean {
  for (const _ in objectPrototype) return true;
  return false;
}
