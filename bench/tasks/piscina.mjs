/** The tasks as a Piscina module. */
import { move } from 'piscina';

export * from './functions.mjs';

/** @param {Uint8Array} bytes */
export function echoMoved(bytes) {
  return move(bytes);
}
