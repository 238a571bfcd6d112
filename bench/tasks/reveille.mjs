/** The tasks as a Reveille module, with those that use what `reveille/task` gives. */
import { move, task } from '../../dist/src/task.js';
import { announce } from './functions.mjs';

export * from './functions.mjs';

/** @param {Uint8Array} bytes */
export function echoMoved(bytes) {
  return move(bytes);
}

/** @param {Int32Array} gate */
export function loopCooperative(gate) {
  announce(gate);
  while (!task.cancelled);
  return 0;
}
