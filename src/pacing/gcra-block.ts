/** Where a limiter's state lives: its block in the arena, and the handle of that. */
import { ReveilleError } from '../errors.ts';
import { Arena, defaultArena, defaultArenaOr } from '../memory/arena.ts';
import type { Handle } from '../memory/shared-object.ts';
import { KIND } from '../signal/primitive-block.ts';
import { Gcra, GCRA_BYTES, initializeGcra, type Rate } from './gcra.ts';

/** Whether this is something to attach to rather than the options of something new. */
export function isHandle(value: unknown): value is Handle {
  return typeof value === 'object' && value !== null && 'buffer' in value;
}

/** Makes the state of a new limiter, in this thread's default arena. */
export function allocateGcra(rate: Rate): Handle {
  const arena = defaultArena();
  const offset = arena.allocate(GCRA_BYTES, KIND.rateLimiter);
  initializeGcra(arena, offset, rate);
  return { buffer: arena.buffer, kind: KIND.rateLimiter, offset };
}

/**
 * The state that a handle stands for.
 *
 * @throws {ReveilleError} if it was disposed.
 */
export function attachGcra({ buffer, offset }: Handle): Gcra {
  const arena = Arena.attach(buffer);
  if (arena.blockAt(offset)?.kind !== KIND.rateLimiter) {
    throw new ReveilleError(`Cannot attach to the RateLimiter at offset ${offset}: it was disposed`);
  }
  // A thread that was started by hand lives in the arena that it is first given something of.
  defaultArenaOr(arena);
  return new Gcra(arena, offset);
}
