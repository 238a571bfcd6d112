import { ReveilleError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import { Doorbell } from '../signal/doorbell.ts';

/** This thread's number in `arena`: claims are made in its name. It takes a place there on first use. */
export function ownThread(arena: Arena, what: string): number {
  const doorbell = Doorbell.current();
  if (doorbell.arena === arena) return doorbell.thread;
  throw new ReveilleError(
    `Cannot use a ${what} of another arena: this thread had its own before it was given the handle; ` +
      'make the primitive from its handle before any other',
  );
}
