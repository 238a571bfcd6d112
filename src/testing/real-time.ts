/**
 * Time for tests: the machine's own, whatever the code under test has been given instead. What a wait in a test depends
 * on is captured when this file is loaded, so neither a virtual clock nor a test runner's fake timers stop it.
 */
import { performance } from 'node:perf_hooks';
import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import type { Timer } from '../runtime.ts';
import { type DeadlineSource } from '../signal/deadline-source.ts';
import { Deadlines } from '../signal/deadlines.ts';

const [startTimer, stopTimer, nextTurn] = [setTimeout, clearTimeout, setImmediate];
const readClock = performance.now.bind(performance);

/** The machine's clock and timers. The timers keep no process alive. */
export const realTime: DeadlineSource = {
  now: readClock,
  setTimer(callback, ms): Timer {
    const timer = startTimer(callback, ms);
    timer.unref();
    return { cancel: () => stopTimer(timer) };
  },
};

/** The deadlines of this thread's tests. */
export const realDeadlines: Deadlines = new Deadlines(realTime);

/** Calls back after the event loop has had a turn. */
export function afterTurn(callback: () => void): void {
  nextTurn(callback);
}
