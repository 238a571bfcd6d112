/** The forms in which values travel in messages; a thread needs them before it needs what makes them. */

/**
 * How a value is posted: as it is, as bytes that the codec wrote, with stand-ins in it, or as the parts of a view.
 * Numbers and tuples, since names cost the platform's clone a third of what a small message takes.
 */
export const PLAIN = 0;
export const BYTES = 1;
export const STAND_INS = 2;
export const VIEW = 3;
export type Form = typeof PLAIN | typeof BYTES | typeof STAND_INS | typeof VIEW;

/** A value as it is posted. */
export interface Posted {
  readonly value: unknown;
  readonly form: Form;
}
