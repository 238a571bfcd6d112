/** The tasks as a Poolifier worker on Node. */
import { ThreadWorker } from 'poolifier';
import { clock, echo, hold, increment, occupy, spin } from './functions.mjs';

export default new ThreadWorker({ increment, echo, spin, clock, occupy, hold });
