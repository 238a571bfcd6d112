import { type KeyTable, NO_PLACE } from './key-table.ts';
import { MAX_BLOCK_KEY_LENGTH, MAX_BLOCK_KEYS } from './tags.ts';

/** At most so many different keys may follow one prefix; beyond, the object is taken for a dictionary. */
const MAX_CHILDREN = 24;
const MAX_ROOT_CHILDREN = 512;
/** A shape that was met so often gets a place in the key table. */
const TABLED_FROM = 32;
/** After so many refused keys the trie is forgotten, so that shapes of old cannot shut out those of today. */
const MAX_REFUSALS = 4096;

/**
 * A sequence of keys, as a node of a trie. Objects of one shape end at one node, which is found by comparing each key
 * (by identity, as engines intern property names) with the one that came here last time.
 */
export class KeyNode {
  /** The key last followed from here, and where it led. */
  key: string | undefined = undefined;
  child: KeyNode | undefined = undefined;
  /** The number of the message that this node's block is written in, and where: words from the message's start. */
  message = -1;
  link = 0;
  /** The place of its block in the key table, or NO_PLACE. */
  place: number = NO_PLACE;

  #uses = 0;
  #block: Int32Array | undefined = undefined;
  #children: Map<string, KeyNode> | undefined = undefined;
  readonly #keys: readonly string[];

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  /** The words that stand for these keys on the wire. */
  get block(): Int32Array {
    return (this.#block ??= encodeBlock(this.#keys));
  }

  /** Whether its block is in the table, by now. */
  isIn(table: KeyTable): boolean {
    if (this.place === NO_PLACE && ++this.#uses === TABLED_FROM) this.place = table.placeOf(this.block);
    return this.place !== NO_PLACE;
  }

  /** The node for one more key, or undefined if a block may not hold it. */
  next(key: string): KeyNode | undefined {
    let child = this.#children?.get(key);
    if (child === undefined) {
      if (!fitsBlock(key) || this.#keys.length === MAX_BLOCK_KEYS) return undefined;
      const children = (this.#children ??= new Map());
      if (children.size === (this.#keys.length === 0 ? MAX_ROOT_CHILDREN : MAX_CHILDREN)) return undefined;
      child = new KeyNode([...this.#keys, key]);
      children.set(key, child);
    }
    this.key = key;
    this.child = child;
    return child;
  }
}

/** The shapes that one encoder has met. */
export class KeyTrie {
  root: KeyNode = new KeyNode([]);
  #refusals = 0;

  /** Counts a key that found no place. Call between messages only: nodes in use would lose their place. */
  refused(count: number): void {
    this.#refusals += count;
    if (this.#refusals < MAX_REFUSALS) return;
    this.#refusals = 0;
    this.root = new KeyNode([]);
  }
}

function fitsBlock(key: string): boolean {
  if (key.length > MAX_BLOCK_KEY_LENGTH) return false;
  for (let i = 0; i < key.length; i++) {
    if (key.charCodeAt(i) > 0xff) return false;
  }
  return true;
}

function encodeBlock(keys: readonly string[]): Int32Array {
  const text = keys.join('');
  const words = 2 + ((keys.length + text.length + 3) >> 2);
  const block = new Int32Array(words);
  const bytes = new Uint8Array(block.buffer);
  keys.forEach((key, i) => (bytes[8 + i] = key.length));
  for (let i = 0; i < text.length; i++) bytes[8 + keys.length + i] = text.charCodeAt(i);
  block[0] = (words << 8) | keys.length;
  block[1] = hashWords(block, 2, words);
  return block;
}

/** FNV-1a over words: enough to tell blocks apart; equality is checked on the words themselves. */
function hashWords(words: Int32Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (words[i] as number), 0x01000193) ^ (hash >>> 15);
  return hash;
}
