/** The tasks as a Poolifier web worker on Deno and Bun. */
import { ThreadWorker } from 'poolifier-web-worker';
import { clock, echo, hold, increment, occupy, spin } from './functions.mjs';

export default new ThreadWorker({ increment, echo, spin, clock, occupy, hold });
