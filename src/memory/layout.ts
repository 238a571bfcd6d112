/**
 * Where things lie in an arena, in bytes from its start. Everything is a multiple of one cache line, so that words
 * which belong to different threads or different blocks never share one.
 *
 *         0  header      magic, version, size, identity: written once, by the creator
 *        64  top         how far the heap has been used: see allocator.ts
 *      4096  threads     one line per thread: see signal/doorbell.ts
 *      8192  free lists  one line per size class: see allocator.ts
 *     16384  heap        blocks, each a header line followed by its payload
 */

/** Bytes in a line. No two threads' private words share a line; every block starts on one. */
export const LINE_BYTES = 64;
/** Int32 words in a line. */
export const LINE_WORDS = 16;

/** Byte offset of the thread table. */
export const THREADS_OFFSET = 4096;
/** Places in the thread table, one line each. */
export const MAX_THREADS = 64;

/** Word indices in the header line. */
export const HEADER = { magic: 0, version: 1, lines: 2, identityLow: 3, identityHigh: 4 } as const;
/** 'RVLL' in little-endian bytes: tells an arena from any other shared memory. */
export const ARENA_MAGIC = 0x4c4c5652;
/** Changes whenever the layout does: both sides of an attachment must agree on every offset. */
export const ARENA_VERSION = 1;

/** Word index of the heap's top, counted in lines from the start of the arena. */
export const TOP_WORD: number = 64 / 4;
/** Byte offset of the heads of the free lists. */
export const FREE_LISTS_OFFSET = 8192;
/** Line at which the heap starts. */
export const HEAP_LINE: number = 16384 / LINE_BYTES;

/** The smallest arena that can hold anything useful. */
export const MIN_ARENA_BYTES = 65536;
/** Offsets fit in a non-negative Int32, so that handles can be written in one word. */
export const MAX_ARENA_BYTES: number = 2 ** 31 - LINE_BYTES;
/** Generous because it costs nothing: no system commits memory that nobody has touched. */
export const DEFAULT_ARENA_BYTES: number = 64 * 2 ** 20;
