/** The rule that a thread whose event loop others depend on is not blocked, in one place for all calls that block. */
import { WouldBlockError } from '../errors.ts';
import { runtime } from '../runtime.ts';

/**
 * Refuses to block a thread that must not be.
 *
 * @param what - the call that would block
 * @param twin - the one to await instead
 * @throws {WouldBlockError} on such a thread
 */
export function checkMayBlock(what: string, twin: string): void {
  if (runtime().mayBlock) return;
  throw new WouldBlockError(
    `Cannot block this thread in ${what}: its event loop would stop; await ${twin} instead, ` +
      `or pass 'allowBlocking: true'`,
  );
}
