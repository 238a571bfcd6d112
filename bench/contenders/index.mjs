/** Everybody who takes part, Reveille first. */
import { contender as knitting } from './knitting.mjs';
import { contender as multithreading } from './multithreading.mjs';
import { contender as noThread } from './no-thread.mjs';
import { contender as piscina } from './piscina.mjs';
import { contender as poolifier } from './poolifier.mjs';
import { contender as postMessage } from './post-message.mjs';
import { contender as reveille } from './reveille.mjs';
import { contender as tinypool } from './tinypool.mjs';
import { contender as workerpool } from './workerpool.mjs';

/** @type {readonly import('../contract.ts').Contender[]} */
export const contenders = [
  reveille,
  postMessage,
  piscina,
  tinypool,
  workerpool,
  poolifier,
  multithreading,
  knitting,
  noThread,
];
