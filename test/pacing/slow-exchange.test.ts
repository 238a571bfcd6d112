import { expect, test } from 'vitest';
import { adoptClock, CLOCK_BOUND_MS, CLOCK_EXCHANGE_WORDS, clockBound, now } from '../../src/pacing/clock.ts';
import { installRuntime } from '../../src/runtime.ts';
import { testRuntime } from '../support/install-runtime.ts';

const QUESTION = 0;
const ANSWER = 16;
const STAMP = 18;

test('a clock that was first learned from slow exchanges is learned well from quick ones', () => {
  const ahead = 1_000;
  const words = new Int32Array(new SharedArrayBuffer(CLOCK_EXCHANGE_WORDS * 4));
  const stamp = new Float64Array(words.buffer, STAMP * 4, 1);
  let time = 0;
  let delay = 0;
  let isHeldUp = false;
  // The asker is held up for a while just before it looks for the answer, which came at the end of that.
  const read = (): number => {
    if (isHeldUp) time += delay;
    isHeldUp = words[ANSWER] !== words[QUESTION];
    if (isHeldUp) stamp[0] = time + delay + ahead;
    words[ANSWER] = words[QUESTION] as number;
    return time;
  };
  installRuntime({ ...testRuntime, sharedClockOrigin: false, now: read });
  try {
    delay = 10;
    expect(adoptClock(words)).toBe(false);
    delay = 0.001;
    expect(adoptClock(words)).toBe(true);
    expect(clockBound()).toBeLessThanOrEqual(CLOCK_BOUND_MS);
    expect(Math.abs(now() - time - ahead)).toBeLessThanOrEqual(CLOCK_BOUND_MS);
  } finally {
    installRuntime(testRuntime);
  }
});
