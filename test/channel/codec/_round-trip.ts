import { expect } from 'vitest';
import { Decoder } from '../../../src/channel/codec/decoder.ts';
import { Encoder, SPILLED, UNENCODABLE } from '../../../src/channel/codec/encoder.ts';
import { difference } from './_graph.ts';

export const encoder: Encoder = new Encoder();
export const decoder: Decoder = new Decoder();
export const shared: Uint8Array = new Uint8Array(new SharedArrayBuffer(1 << 20), 128);

/** There and back through shared memory. */
export function roundTrip(value: unknown): unknown {
  const end = encoder.encode(value, shared, 64, shared.length);
  if (end === SPILLED) {
    const spilled = encoder.spilled as Uint8Array;
    return decoder.decode(spilled, 0, spilled.length);
  }
  if (end === UNENCODABLE) throw new Error('The value was refused');
  return decoder.decode(shared, 64, end);
}

/** Holds that the codec takes the value and makes of it what structuredClone does. */
export function expectCloned(value: unknown): void {
  expect(difference(roundTrip(value), structuredClone(value))).toBeUndefined();
}

/** Holds that the codec either does as structuredClone does, or leaves the value to it. */
export function expectClonedOrRefused(value: unknown): void {
  const end = encoder.encode(value, shared, 0, shared.length);
  if (end === UNENCODABLE) return;
  expect(difference(roundTrip(value), structuredClone(value))).toBeUndefined();
}

export function expectRefused(value: unknown): void {
  expect(encoder.encode(value, shared, 0, shared.length)).toBe(UNENCODABLE);
}
