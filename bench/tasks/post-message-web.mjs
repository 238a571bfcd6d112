/** The same as post-message.mjs on the web's `Worker`, which Deno and Bun also have. */
import * as functions from './functions.mjs';

/** @type {Record<string, (argument: any) => unknown>} */
const tasks = functions;
/**
 * @typedef {object} WebWorkerScope
 * @property {(event: { data: any }) => void} onmessage
 * @property {(message: unknown, transfer?: ArrayBuffer[]) => void} postMessage
 */
const scope = /** @type {WebWorkerScope} */ (/** @type {unknown} */ (globalThis));

scope.onmessage = (/** @type {{ data: any }} */ event) => {
  const [id, task, argument] = event.data;
  if (task === 'echoMoved') scope.postMessage([id, argument], [argument.buffer]);
  else scope.postMessage([id, tasks[task]?.(argument)]);
};
scope.postMessage('ready');
