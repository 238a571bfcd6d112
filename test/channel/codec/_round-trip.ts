import { expect } from 'vitest';
import { Decoder } from '../../../src/channel/codec/decoder.ts';
import { Encoder, SPILLED, UNENCODABLE } from '../../../src/channel/codec/encoder.ts';
import { KeyTable } from '../../../src/channel/codec/key-table.ts';
import { difference } from './_graph.ts';

let encoder: Encoder = new Encoder();
let decoder: Decoder = new Decoder();
export const shared: Uint8Array = new Uint8Array(new SharedArrayBuffer(1 << 20), 128);

/** From now on the keys of shapes that are met often stand in a table, as they do between the threads of a pool. */
export function shareKeys(): void {
  const memory = new SharedArrayBuffer(16_384);
  encoder = new Encoder(undefined, new KeyTable(memory, 0, 16_384));
  decoder = new Decoder(undefined, new KeyTable(memory, 0, 16_384));
}

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
