/** What the shared memory has no room for. */
import { defineKind, ReveilleError } from './reveille-error.ts';

/** The arena has no room for what was asked. */
export class ArenaFullError extends ReveilleError {
  static {
    defineKind(this, 'ERR_ARENA_FULL', 'ArenaFullError');
  }
}

/** More threads want to attach to one arena than it has places for. */
export class TooManyThreadsError extends ReveilleError {
  static {
    defineKind(this, 'ERR_TOO_MANY_THREADS', 'TooManyThreadsError');
  }
}
