import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  carrierOfLabel,
  CompletionReader,
  CompletionWriter,
  FAILED,
  labelOf,
  SAMPLED,
  slotOfLabel,
  WANTS_MESSAGE,
} from '../../src/scheduler/completion-ring.ts';
import { CARRIER_MESSAGE, CARRIER_NUMBER, MAX_SLOTS, NUMBER } from '../../src/scheduler/layout.ts';
import { makeRegion } from './_region.ts';

describe('a ring of completions', () => {
  test('gives what was put in, in order, once', () => {
    const region = makeRegion(4, 2);
    const reader = new CompletionReader(region, 0);
    const writer = new CompletionWriter(region, 0);
    expect(reader.isEmpty).toBe(true);
    writer.push(3);
    writer.push(1 | WANTS_MESSAGE);
    expect(reader.isEmpty).toBe(false);
    expect(reader.shift()).toBe(3);
    expect(reader.shift()).toBe(1 | WANTS_MESSAGE);
    expect(reader.isEmpty).toBe(true);
  });

  test('gives each result with its slot', () => {
    const region = makeRegion(4, 2);
    const reader = new CompletionReader(region, 0);
    const writer = new CompletionWriter(region, 0);
    for (let slot = 0; slot < 4; slot++) {
      region.f64[(writer.next >> 1) + NUMBER] = slot / 10;
      writer.push(labelOf(slot, CARRIER_NUMBER, 0));
    }
    for (let slot = 0; slot < 4; slot++) {
      expect(region.f64[(reader.next >> 1) + NUMBER]).toBe(slot / 10);
      expect(slotOfLabel(reader.shift())).toBe(slot);
    }
  });

  test('says of each slot how its result travels and what is to be known of it', () => {
    const carrier = fc.integer({ min: 0, max: CARRIER_MESSAGE });
    const flags = fc
      .subarray([FAILED, WANTS_MESSAGE, SAMPLED])
      .map((some) => some.reduce((sum, flag) => sum | flag, 0));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_SLOTS - 1 }), carrier, flags, (slot, how, what) => {
        const label = labelOf(slot, how, what);
        expect([slotOfLabel(label), carrierOfLabel(label), label & (FAILED | WANTS_MESSAGE | SAMPLED)]).toEqual([
          slot,
          how,
          what,
        ]);
      }),
    );
  });

  test('is apart from the rings of other threads', () => {
    const region = makeRegion(4, 2);
    const readers = [new CompletionReader(region, 0), new CompletionReader(region, 1)] as const;
    new CompletionWriter(region, 1).push(2);
    expect(readers[0].isEmpty).toBe(true);
    expect(readers[1].shift()).toBe(2);
  });

  test('has room for every slot twice, lap after lap', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 60 }), (bursts) => {
        const region = makeRegion(4, 1);
        const reader = new CompletionReader(region, 0);
        const writer = new CompletionWriter(region, 0);
        let written = 0;
        let read = 0;
        for (const burst of bursts) {
          for (let i = 0; i < burst; i++) writer.push(written++ & 3);
          while (!reader.isEmpty) expect(reader.shift()).toBe(read++ & 3);
          expect(read).toBe(written);
        }
      }),
    );
  });

  test('of a thread that takes the place of another starts empty', () => {
    const region = makeRegion(4, 1);
    new CompletionReader(region, 0);
    const dead = new CompletionWriter(region, 0);
    dead.push(1);
    dead.push(2);
    const reader = new CompletionReader(region, 0);
    expect(reader.isEmpty).toBe(true);
    new CompletionWriter(region, 0).push(3);
    expect(reader.shift()).toBe(3);
  });
});
