/** The tasks as a workerpool worker. */
import workerpool from 'workerpool';
import * as functions from './functions.mjs';

workerpool.worker({
  ...functions,
  /** @param {Uint8Array} bytes */
  echoMoved: (bytes) => new workerpool.Transfer(bytes, [bytes.buffer]),
});
