/**
 * The tasks behind nothing but `postMessage`, on `node:worker_threads`. A message is [id, task, argument]; an answer
 * [id, result].
 */
import { parentPort } from 'node:worker_threads';
import * as functions from './functions.mjs';

/** @type {Record<string, (argument: any) => unknown>} */
const tasks = functions;

parentPort?.on('message', ([id, task, argument]) => {
  if (task === 'echoMoved') parentPort?.postMessage([id, argument], [argument.buffer]);
  else parentPort?.postMessage([id, tasks[task]?.(argument)]);
});
parentPort?.postMessage('ready');
