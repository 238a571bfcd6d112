/**
 * Why a token was cancelled, as bytes that every thread can read: an error record, encoded once, in a block of the
 * arena. An error arrives as what it was, with its name, message, stack, code, cause and own properties.
 */
import { Decoder } from '../channel/codec/decoder.ts';
import { Encoder, SPILLED, UNENCODABLE } from '../channel/codec/encoder.ts';
import { fromErrorRecord, toErrorRecord } from '../channel/codec/error-record.ts';
import { ArenaFullError, DeadlineExceededError, TaskCancelledError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import { now } from '../pacing/clock.ts';

/** The kind of the arena blocks that hold reasons. */
const REASON_BLOCK = 0x52455610;
/** What most reasons fit in; a longer one is encoded into memory of its own. */
const SCRATCH_BYTES = 4096;

/**
 * Writes `reason` into a new block and returns its offset; 0 if the arena has no room: to cancel without saying why
 * is better than not to cancel.
 */
export function writeReason(arena: Arena, reason: unknown): number {
  const bytes = encode(arena, toErrorRecord(reason)) ?? encode(arena, toErrorRecord(describedReason(reason)));
  if (bytes === undefined) return 0;
  try {
    const offset = arena.allocate(bytes.length, REASON_BLOCK, false);
    arena.u8.set(bytes, offset);
    return offset;
  } catch (error) {
    if (error instanceof ArenaFullError) return 0;
    throw error;
  }
}

/** The reason in the block at `offset`; undefined if the block has been freed. */
export function readReason(arena: Arena, offset: number): { readonly value: unknown } | undefined {
  const block = arena.blockAt(offset);
  if (block?.kind !== REASON_BLOCK) return undefined;
  return { value: fromErrorRecord(new Decoder(arena.buffer).decode(arena.u8, offset, offset + block.bytes)) };
}

/** For a cancel that named none. */
export function plainReason(): Error {
  return new TaskCancelledError('The CancelToken was cancelled');
}

/** For a token whose deadline has passed. */
export function deadlineReason(deadline: number): Error {
  const ago = Math.max(0, Math.round(now() - deadline));
  return new DeadlineExceededError(`The deadline of the CancelToken has passed, ${ago} ms ago`);
}

/** The record as bytes; undefined if only a message could carry something in it. */
function encode(arena: Arena, record: unknown): Uint8Array | undefined {
  const encoder = new Encoder(arena.buffer);
  const scratch = new Uint8Array(SCRATCH_BYTES);
  const end = encoder.encode(record, scratch, 0, SCRATCH_BYTES);
  if (end === UNENCODABLE) return undefined;
  return end === SPILLED ? encoder.spilled : scratch.subarray(0, end);
}

/** For a reason that holds what bytes cannot: at least what it says. */
function describedReason(reason: unknown): Error {
  return reason instanceof Error
    ? new TaskCancelledError(`${reason.name}: ${reason.message}`)
    : new TaskCancelledError(`Cancelled for a reason that only its own thread can read (${typeof reason})`);
}
