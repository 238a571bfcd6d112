/** The tasks as a Tinypool module. */
import { Tinypool } from 'tinypool';

export * from './functions.mjs';

/** @param {Uint8Array} bytes */
export function echoMoved(bytes) {
  return Tinypool.move(bytes);
}
