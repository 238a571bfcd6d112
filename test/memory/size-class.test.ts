import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classHolding, classWithin, linesOfClass, SIZE_CLASSES } from '../../src/memory/size-class.ts';

const LARGEST = 2 ** 25;

describe('size classes', () => {
  test('grow from one line to the largest arena', () => {
    const sizes = Array.from({ length: SIZE_CLASSES }, (_, index) => linesOfClass(index));
    expect(sizes[0]).toBe(1);
    expect(sizes.at(-1)).toBe(LARGEST);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(new Set(sizes).size).toBe(SIZE_CLASSES);
  });

  test('the class that holds a size is the smallest that does, and wastes at most a quarter', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: LARGEST }), (lines) => {
        const index = classHolding(lines);
        expect(linesOfClass(index)).toBeGreaterThanOrEqual(lines);
        expect(linesOfClass(index)).toBeLessThanOrEqual(lines * 1.25);
        if (index > 0) expect(linesOfClass(index - 1)).toBeLessThan(lines);
      }),
    );
  });

  test('the class within a size is the largest that does not exceed it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: LARGEST - 1 }), (lines) => {
        const index = classWithin(lines);
        expect(linesOfClass(index)).toBeLessThanOrEqual(lines);
        expect(linesOfClass(index + 1)).toBeGreaterThan(lines);
      }),
    );
  });
});
