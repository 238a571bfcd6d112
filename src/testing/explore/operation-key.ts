/**
 * An operation as one number: what it is, where, and what is known of it once it was made. Two runs of a schedule are
 * compared by these.
 *
 *     bits 0-3    the operation
 *     bits 4-27   the offset of its word, in bytes
 *     bit 28      WIDE: the word has 64 bits
 *     bit 29      SAME: it may write and left the word as it was, so it is no more than a read
 *     bit 30      LOGS: something was noted between it and the next one
 */
import { Operation } from './lane.ts';

export const WIDE: number = 1 << 28;
export const SAME: number = 1 << 29;
export const LOGS: number = 1 << 30;

const OFFSET_BITS = WIDE - 1;
const FIRST_WRITE = Operation.store;
const LAST_WRITE = Operation.compareExchange;

/** Bytes of memory that offsets in keys reach. */
export const MOST_BYTES: number = 1 << 24;

export function keyOf(operation: number, offset: number): number {
  return (offset << 4) | operation;
}

export function operationOf(key: number): number {
  return key & 15;
}

/** Whether the operation is one on a word of the tested memory. */
export function isAccess(key: number): boolean {
  const operation = operationOf(key);
  return operation !== Operation.step && operation < Operation.pause;
}

/** Whether the operation has changed its word. */
export function changes(key: number): boolean {
  const operation = operationOf(key);
  return operation >= FIRST_WRITE && operation <= LAST_WRITE && (key & SAME) === 0;
}

/** The first four bytes that the operation is on, by number. */
export function granuleOf(key: number): number {
  return (key & OFFSET_BITS) >> 6;
}

/** The last four. */
export function lastGranuleOf(key: number): number {
  return granuleOf(key) + ((key & WIDE) === 0 ? 0 : 1);
}

/** Whether it matters which of two operations of different threads comes first. */
export function conflict(one: number, other: number): boolean {
  if (!changes(one) && !changes(other)) return false;
  if (!isAccess(one) || !isAccess(other)) return false;
  return granuleOf(one) <= lastGranuleOf(other) && granuleOf(other) <= lastGranuleOf(one);
}
