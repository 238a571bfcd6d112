/** A function for `reveille map`: it is called with every item, on all cores. */
import { pbkdf2Sync } from 'node:crypto';

/**
 * Replaces a user's e-mail address by a pseudonym that cannot be guessed without much work.
 *
 * @param {{ id: number, email: string }} user
 */
export function pseudonym({ id, email }) {
  if (!email.includes('@')) throw new TypeError(`Not an e-mail address: '${email}'`);
  const key = pbkdf2Sync(email, 'a salt of your own', 2_000, 12, 'sha256');
  return { id, pseudonym: key.toString('base64url') };
}
