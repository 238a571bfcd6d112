/** How much of a load the tests carry. */
import process from 'node:process';

/** 1 is what is promised, and what CI runs: `TEST_SCALE=1`. `npm test` has time for a twentieth. */
const SCALE: number = Number(process.env['TEST_SCALE'] ?? 0.05);

/** So much of `count`, but not less than `least`. */
export function scaled(count: number, least = 1): number {
  return Math.max(least, Math.round(count * SCALE));
}

/** How many preemptions the schedule explorer allows itself: two are promised, and what CI runs. */
export const PREEMPTIONS: number = SCALE >= 1 ? 2 : 1;

/** For tests whose work is scaled: a bound against a hang, on a machine that has other things to do as well. */
export const PATIENCE: { readonly timeout: number } = { timeout: 180_000 };
