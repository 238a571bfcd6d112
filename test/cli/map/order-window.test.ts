import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OrderWindow } from '../../../src/cli/map/order-window.ts';

describe('OrderWindow', () => {
  test('hands on in the order of the places, leaving out what is left out', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 50 }).chain((kept) =>
          fc.record({
            kept: fc.constant(kept),
            order: fc.shuffledSubarray([...kept.keys()], { minLength: kept.length }),
          }),
        ),
        ({ kept, order }) => {
          const emitted: number[] = [];
          const window = new OrderWindow<number>((value) => emitted.push(value));
          for (const [index] of kept.entries()) expect(window.reserve()).toBe(index);
          for (const place of order) window.fill(place, kept[place] === true ? place : undefined);
          expect(emitted).toEqual([...kept.keys()].filter((place) => kept[place]));
          expect(window.span).toBe(0);
        },
      ),
    );
  });

  test('holds nothing back that is not waiting for an earlier one', () => {
    const emitted: string[] = [];
    const window = new OrderWindow<string>((value) => emitted.push(value));
    const places = [window.reserve(), window.reserve(), window.reserve()] as const;
    window.fill(places[1], 'b');
    expect([emitted, window.span]).toEqual([[], 3]);
    window.fill(places[0], 'a');
    expect([emitted, window.span]).toEqual([['a', 'b'], 1]);
  });
});
