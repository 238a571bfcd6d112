// What threads do with locks in the tests of their deaths.
import { parentPort, workerData } from 'node:worker_threads';
import { allowTermination, Mutex } from 'reveille';
import { task } from 'reveille/task';

/** Locks it, says so, and never comes back. @param {Mutex} mutex @param {Int32Array} words @param {number} index */
export function lockAndFreeze(mutex, words, index) {
  mutex.lockSync();
  Atomics.store(words, index, 1);
  Atomics.notify(words, index);
  for (;;) Atomics.wait(words, index, 1);
}

/** Locks it in the event loop and waits for what never comes. @param {Mutex} mutex */
export async function lockAndWait(mutex) {
  await mutex.lock();
  task.postMessage('locked');
  await new Promise(() => {});
}

/** @param {import('reveille').ReadWriteLock} lock @param {'read' | 'write'} mode */
export async function holdAndWait(lock, mode) {
  await lock[mode]();
  task.postMessage('held');
  await new Promise(() => {});
}

/**
 * Takes as many items as it is told, waiting for each.
 * @param {Mutex} mutex
 * @param {import('reveille').Condition} changed
 * @param {Int32Array} items
 * @param {number} count
 */
export function takeItems(mutex, changed, items, count) {
  for (let taken = 0; taken < count; taken++) {
    const guard = mutex.lockSync();
    while (items[0] === 0) changed.waitSync(guard);
    items[0] = /** @type {number} */ (items[0]) - 1;
    guard.release();
  }
}

/** @param {Mutex} mutex @param {Int32Array} counter @param {number} rounds */
export async function countUp(mutex, counter, rounds) {
  for (let round = 0; round < rounds; round++) {
    const guard = round % 2 === 0 ? mutex.lockSync() : await mutex.lock();
    // Not atomic: only the mutex keeps the threads apart.
    counter[0] = /** @type {number} */ (counter[0]) + 1;
    guard.release();
  }
}

/**
 * Locks again and again, and is hardly ever without it.
 * @param {() => { release(): void }} lock
 * @param {import('reveille').ManualResetEvent} stop
 */
function hog(lock, stop) {
  task.postMessage('hogging');
  let guard = lock();
  while (!stop.isSet) {
    guard.release();
    guard = lock();
  }
  guard.release();
}

/** @param {Mutex} mutex @param {import('reveille').ManualResetEvent} stop */
export const hogMutex = (mutex, stop) => hog(() => mutex.lockSync(), stop);
/** @param {import('reveille').ReadWriteLock} lock @param {import('reveille').ManualResetEvent} stop */
export const hogReading = (lock, stop) => hog(() => lock.readSync(), stop);
/** @param {import('reveille').ReadWriteLock} lock @param {import('reveille').ManualResetEvent} stop */
export const hogWriting = (lock, stop) => hog(() => lock.writeSync(), stop);

// A worker that was started by hand.
if (workerData?.locks !== undefined) {
  const { first, second, ending } = workerData.locks;
  if (ending === 'terminate') await allowTermination();
  const [one, two] = [Mutex.from(first), second === undefined ? undefined : Mutex.from(second)];
  one.lockSync();
  parentPort?.postMessage('locked');
  if (ending === 'exit') process.exit(3);
  if (ending === 'throw') throw new Error('Thrown with a mutex');
  parentPort?.on('message', () => {
    void two?.lock();
    parentPort?.postMessage('waiting');
  });
}
