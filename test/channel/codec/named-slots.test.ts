import { describe, expect, test } from 'vitest';
import { namedSlotCheck, type SizeEstimate } from '../../../src/channel/codec/named-slots.ts';
import { bunShallowSize } from './_host.ts';

const named = (array: unknown[]): boolean => Object.keys(array).some((key) => !/^\d+$/.test(key));

describe('an estimate is not trusted', () => {
  const estimates: Record<string, SizeEstimate> = {
    'that counts nothing': () => 16,
    'that counts elements, too': (value) => 16 + Reflect.ownKeys(value).length,
    'that counts the room for elements': (value) =>
      16 + (value as unknown[]).length + (named(value as unknown[]) ? 1 : 0),
  };
  for (const [which, estimate] of Object.entries(estimates)) {
    test(which, () => expect(namedSlotCheck(estimate)).toBeUndefined());
  }

  test('unless it counts named properties only', () => {
    const check = namedSlotCheck((value) => (named(value as unknown[]) ? 17 : 16));
    expect(check?.(['a'])).toBe(true);
    expect(check?.(Object.assign(['a'], { extra: 1 }))).toBe(false);
  });
});

describe.skipIf(bunShallowSize() === undefined)("Bun's estimate", () => {
  const hasOnlyIndices = namedSlotCheck(bunShallowSize() ?? (() => 0)) as (array: readonly unknown[]) => boolean;

  test('finds every array that has other properties than elements', () => {
    class Stack extends Array<number> {
      readonly name: string = 'stack';
    }
    const shrunk: unknown[] = Object.assign([1, 2], { a: 1, b: 2 });
    delete (shrunk as unknown as { a?: number }).a;
    const frozen = Object.freeze(Object.assign([1], { x: 1 }));
    const many = Object.assign([], Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`name ${i}`, i])));
    const computed = Object.defineProperty([1], 'x', { get: () => 1, enumerable: true });
    const large = Object.assign(Array.from({ length: 100_000 }).fill(0.5), { '4294967295': 1 });
    const foreign = Object.assign(Object.setPrototypeOf([1], null) as unknown[], { '-1': 1 });
    const empty = Object.assign([], { length: 0, '': 1 });
    for (const array of [new Stack(), shrunk, frozen, many, computed, large, foreign, empty, /b(?<x>.)/.exec('abc')]) {
      expect(hasOnlyIndices(array as unknown[])).toBe(false);
    }
  });

  test('lets ordinary arrays pass, whatever their elements', () => {
    const ordinary = [[], [1], [0.5, , -0], ['a', {}, null], 'a b c'.split(' '), Object.keys({ a: 1 }), [[[]]]];
    expect(ordinary.map(hasOnlyIndices)).not.toContain(false);
    expect(hasOnlyIndices(Array.from({ length: 100_000 }, String))).toBe(true);
  });
});
