import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CompletionReader, CompletionWriter, WANTS_MESSAGE } from '../../src/scheduler/completion-ring.ts';
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
