// Tasks that meet: at barriers, latches, wait groups, and over things that are done once.
import process from 'node:process';
import { task } from 'reveille/task';

/** @typedef {import('reveille').Barrier} Barrier @typedef {import('reveille').Latch} Latch */
/** @typedef {import('reveille').Once} Once @typedef {import('reveille').WaitGroup} WaitGroup */
/** @typedef {import('reveille').Semaphore} Semaphore */

let done = 0;

/** How often this one came last. @param {Barrier} barrier @param {number} rounds */
export async function meet(barrier, rounds) {
  let leads = 0;
  for (let round = 0; round < rounds; round++) {
    if ((await barrier.wait()).isLeader) leads++;
  }
  return leads;
}

/** @param {Barrier} barrier @param {number} rounds */
export function meetBlocked(barrier, rounds) {
  let leads = 0;
  for (let round = 0; round < rounds; round++) {
    if (barrier.waitSync().isLeader) leads++;
  }
  return leads;
}

/** Comes to the barrier, says so, and waits. @param {Barrier} barrier @param {Latch} came */
export async function come(barrier, came) {
  const wait = barrier.wait();
  came.countDown();
  await wait;
}

/** @param {{ latch: Latch, group: WaitGroup, moved?: ArrayBuffer }} both */
export function count({ latch, group }) {
  group.done();
  latch.countDown();
}

/** @param {Once} once */
export async function runOnce(once) {
  const mine = await once.run(() => void done++);
  return { mine, done };
}

/** Begins what is to be done once, says so, and never ends it. @param {Once} once @param {Latch} begun */
export async function beginOnce(once, begun) {
  await once.run(() => {
    begun.countDown();
    return new Promise(() => {});
  });
}

/** @param {Once} once */
export function exitInOnce(once) {
  once.runSync(() => process.exit(3));
}

/** Blocks until it has a permit, and keeps it. @param {Semaphore} semaphore */
export function keepPermit(semaphore) {
  semaphore.acquireSync();
  return semaphore.permits;
}

/** A primitive that was made in this thread. */
export const makeLatch = () => import('reveille').then(({ Latch }) => new Latch(1));

/** The latch that the pool was made with, as the module sees it while it loads. */
const given = /** @type {{ latch?: Latch } | undefined} */ (task.workerData)?.latch;
given?.countDown();

/** Sends the latch to the pool as a message. */
export function sendGiven() {
  task.postMessage({ latch: given, again: [given] });
}
