/**
 * The sizes that blocks come in, counted in lines of payload: 1 to 8, then four steps to each doubling (10, 12, 14, 16,
 * 20, 24, 28, 32, 40 ...), so that rounding up wastes at most a quarter, and freed blocks find a next user.
 */
const EXACT = 8;
const STEPS = 4;

/** How many classes there are: enough for the largest arena (2^25 lines). */
export const SIZE_CLASSES: number = EXACT + STEPS * 22;

/** How many lines a block of class `index` has. */
export function linesOfClass(index: number): number {
  if (index < EXACT) return index + 1;
  const step = index - EXACT;
  const doubling = Math.floor(step / STEPS);
  return (EXACT << doubling) + ((step % STEPS) + 1) * (2 << doubling);
}

/** The smallest class whose blocks hold `lines` lines. */
export function classHolding(lines: number): number {
  const index = classWithin(lines);
  return linesOfClass(index) === lines ? index : index + 1;
}

/** The largest class whose size is no more than `lines`: where a block of an odd size is listed once it is free. */
export function classWithin(lines: number): number {
  if (lines <= EXACT) return lines - 1;
  const doubling = 31 - Math.clz32(lines) - 3;
  const step = Math.floor((lines - (EXACT << doubling)) / (2 << doubling));
  return EXACT + doubling * STEPS + step - 1;
}
