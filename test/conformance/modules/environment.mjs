// What a thread was started with.
import * as threads from 'node:worker_threads';

/** @returns {unknown} */
export const data = () => threads.workerData;
/** @param {string} name */
export const variable = (name) => process.env[name];
/** @param {string} name @param {string} value */
export const setVariable = (name, value) => {
  process.env[name] = value;
};
export const argumentsGiven = () => process.argv.slice(2);
export const execArguments = () => process.execArgv;
export const limits = () => threads.resourceLimits;
export const threadName = () => /** @type {{ threadName?: string }} */ (/** @type {unknown} */ (threads)).threadName;
/** @param {string} out @param {string} err */
export const print = (out, err) => {
  console.log(out);
  console.error(err);
};
