/**
 * The arena: one piece of shared memory in which everything lives that threads share. It costs address space, not
 * memory: the system commits a page when it is first written.
 */
import { ReveilleError } from '../errors.ts';
import { Allocator, type Block } from './allocator.ts';
import { load, store } from './atomic.ts';
import {
  ARENA_MAGIC,
  ARENA_VERSION,
  DEFAULT_ARENA_BYTES,
  HEADER,
  LINE_BYTES,
  MAX_ARENA_BYTES,
  MIN_ARENA_BYTES,
} from './layout.ts';

export { MAX_THREADS, THREADS_OFFSET } from './layout.ts';

/** What an arena holds. Sizes in bytes. */
export interface ArenaStats {
  /** Of the whole arena. */
  readonly size: number;
  /** Not available: in use, reserved, or lost to rounding. */
  readonly used: number;
  /** Blocks in use. */
  readonly blocks: number;
  /** The blocks in use by kind, with the bytes that were asked for. */
  readonly byKind: Readonly<Record<number, { readonly blocks: number; readonly bytes: number }>>;
}

/** Arenas by identity: a buffer that arrives in two messages is two objects over the same memory. */
const attached = new Map<string, WeakRef<Arena>>();
const byBuffer = new WeakMap<SharedArrayBuffer, Arena>();
const forgotten = new FinalizationRegistry<string>((identity) => {
  if (attached.get(identity)?.deref() === undefined) attached.delete(identity);
});

/**
 * One `SharedArrayBuffer`, and the blocks in it.
 *
 * Any thread may allocate and free at any time; a thread that dies while doing so loses at most that one block.
 *
 * @example
 * ```ts
 * const arena = Arena.create(1 << 20);
 * const offset = arena.allocate(128, 7);
 * arena.i32[offset >> 2] = 42;
 * arena.free(offset);
 * ```
 */
export class Arena {
  readonly buffer: SharedArrayBuffer;
  /** Views over the whole buffer. */
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly u8: Uint8Array;
  readonly #allocator: Allocator;

  private constructor(buffer: SharedArrayBuffer, fresh: boolean) {
    this.buffer = buffer;
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.u8 = new Uint8Array(buffer);
    const lines = buffer.byteLength / LINE_BYTES;
    this.#allocator = new Allocator(buffer, lines);
    if (!fresh) return;
    this.#allocator.initialize();
    store(this.i32, HEADER.version, ARENA_VERSION);
    store(this.i32, HEADER.lines, lines);
    store(this.i32, HEADER.identityLow, randomWord());
    store(this.i32, HEADER.identityHigh, randomWord());
    // Last: memory that carries the magic number is a complete arena.
    store(this.i32, HEADER.magic, ARENA_MAGIC);
  }

  /**
   * Makes an arena of `bytes` bytes (64 MiB unless told, rounded up to a multiple of 64).
   *
   * @throws {RangeError} if `bytes` is not a whole number from 65536 to 2147483584.
   */
  static create(bytes: number = DEFAULT_ARENA_BYTES): Arena {
    if (typeof bytes !== 'number') throw new TypeError(`Expected 'bytes' to be a number, got ${typeof bytes}`);
    if (!Number.isInteger(bytes) || bytes < MIN_ARENA_BYTES || bytes > MAX_ARENA_BYTES) {
      throw new RangeError(
        `Expected 'bytes' to be a whole number from ${MIN_ARENA_BYTES} to ${MAX_ARENA_BYTES}, got ${bytes}`,
      );
    }
    return remember(new Arena(new SharedArrayBuffer(Math.ceil(bytes / LINE_BYTES) * LINE_BYTES), true));
  }

  /**
   * The arena in `buffer`; the same object each time within one thread, also for a buffer that arrived twice.
   *
   * @throws {TypeError} if `buffer` is not shared memory that holds an arena of this version.
   */
  static attach(buffer: SharedArrayBuffer): Arena {
    // Not `instanceof`: the buffer may come from another realm.
    if (Object.prototype.toString.call(buffer) !== '[object SharedArrayBuffer]') {
      throw new TypeError(`Cannot attach to an arena: expected a SharedArrayBuffer, got ${describe(buffer)}`);
    }
    const known = byBuffer.get(buffer);
    if (known !== undefined) return known;
    const { byteLength } = buffer;
    if (byteLength < MIN_ARENA_BYTES || byteLength % LINE_BYTES !== 0) {
      throw new TypeError(`Cannot attach to an arena: shared memory of ${byteLength} bytes holds none`);
    }
    const words = new Int32Array(buffer, 0, LINE_BYTES / 4);
    if (load(words, HEADER.magic) !== ARENA_MAGIC || load(words, HEADER.lines) !== byteLength / LINE_BYTES) {
      throw new TypeError('Cannot attach to an arena: the shared memory holds something else');
    }
    const version = load(words, HEADER.version);
    if (version !== ARENA_VERSION) {
      throw new TypeError(
        `Cannot attach to an arena of version ${version}: this copy of the package reads version ${ARENA_VERSION}`,
      );
    }
    return attached.get(identityOf(words))?.deref() ?? remember(new Arena(buffer, false));
  }

  /**
   * Takes a block: a byte offset, a multiple of 64. Its bytes are 0 unless `zeroed` is false.
   *
   * @param bytes - how many bytes are needed, at least 1
   * @param kind - what for: a whole number from 1 to 2147483647, shown in `stats()` and found by `blocks()`
   * @throws {ArenaFullError} if there is no room.
   */
  allocate(bytes: number, kind: number, zeroed = true): number {
    if (!Number.isInteger(bytes) || bytes < 1 || bytes > MAX_ARENA_BYTES) {
      throw new RangeError(`Expected 'bytes' to be a whole number from 1 to ${MAX_ARENA_BYTES}, got ${bytes}`);
    }
    if ((kind | 0) !== kind || kind < 1) {
      throw new RangeError(`Expected 'kind' to be a whole number from 1 to 2147483647, got ${kind}`);
    }
    return this.#allocator.allocate(bytes, kind, zeroed);
  }

  /**
   * Gives a block back.
   *
   * @param beforeReuse - called when the generation has changed but nobody can be given the block yet: the last chance
   *   to read it
   * @throws {RangeError} if `offset` is not that of a block.
   * @throws {ReveilleError} if the block is free already.
   */
  free(offset: number, beforeReuse?: () => void): void {
    this.#allocator.free(offset, beforeReuse);
  }

  /**
   * A number that identifies this use of the block at `offset`: odd while the block is in use, different after it was
   * freed, and again after it was allocated anew. Compare it to tell a stale handle from a good one.
   */
  generation(offset: number): number {
    return this.#allocator.uses(offset);
  }

  /** The block in use at `offset`, or undefined if it has been freed. */
  blockAt(offset: number): Block | undefined {
    return this.#allocator.blockAt(offset);
  }

  /** What is in use. Walks the whole arena: for reports and tests. */
  stats(): ArenaStats {
    const byKind: Record<number, { blocks: number; bytes: number }> = {};
    let blocks = 0;
    for (const { kind, bytes } of this.#allocator.blocks()) {
      const entry = (byKind[kind] ??= { blocks: 0, bytes: 0 });
      entry.blocks++;
      entry.bytes += bytes;
      blocks++;
    }
    const size = this.buffer.byteLength;
    return { size, used: size - this.#allocator.room().free, blocks, byKind };
  }

  /** The blocks in use, or those of one kind. Blocks that come or go meanwhile may or may not be among them. */
  *blocks(kind?: number): Generator<Block, void, undefined> {
    for (const block of this.#allocator.blocks()) {
      if (kind === undefined || block.kind === kind) yield block;
    }
  }
}

let installed: Arena | undefined;

/** This thread's default arena; made on first use. */
export function defaultArena(): Arena {
  return (installed ??= Arena.create());
}

/** This thread's default arena if it has one: to look, without making one. */
export function existingDefaultArena(): Arena | undefined {
  return installed;
}

/**
 * Makes `arena` this thread's default. A worker thread does so with its spawner's arena, before anything else.
 *
 * @throws {ReveilleError} if this thread already uses another one.
 */
export function useDefaultArena(arena: Arena): void {
  if (installed !== undefined && installed !== arena) {
    throw new ReveilleError('Cannot change the default arena of this thread: it is in use already');
  }
  installed = arena;
}

/** This thread's default arena, which becomes `arena` if there is none yet. */
export function defaultArenaOr(arena: Arena): Arena {
  return (installed ??= arena);
}

function remember(arena: Arena): Arena {
  const identity = identityOf(arena.i32);
  attached.set(identity, new WeakRef(arena));
  byBuffer.set(arena.buffer, arena);
  forgotten.register(arena, identity);
  return arena;
}

function identityOf(words: Int32Array): string {
  return `${load(words, HEADER.identityLow)}:${load(words, HEADER.identityHigh)}`;
}

function randomWord(): number {
  return (Math.random() * 2 ** 32) | 0;
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? Object.prototype.toString.call(value) : typeof value;
}
