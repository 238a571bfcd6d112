import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectCloned, roundTrip } from './_round-trip.ts';

/** More often than it takes for a shape to get code of its own. */
const OFTEN = 130;

interface Node {
  name: string;
  parent: Node | undefined;
  children: Node[];
  weight: number;
}

function tree(depth: number, parent?: Node): Node {
  const node: Node = { name: `node ${depth}`, parent, children: [], weight: -0 };
  if (depth > 0) node.children.push(tree(depth - 1, node), tree(depth - 1, node));
  return node;
}

/** What must hold for objects of shapes that were met often, whether or not the program may compile code. */
export function describeOftenMetShapes(): void {
  test('with any names in any order, whatever follows whatever', () => {
    const names = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom(
        '0',
        '10',
        '2',
        '-1',
        '"',
        '\\',
        "'",
        '\n',
        '\u2028',
        '${x}',
        '`',
        '*/',
        '//',
        'object',
        'reader',
      ),
      fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'é', 'ÿ', 'ā', ''),
    );
    const leaves = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constantFrom(null, undefined, true, -0));
    fc.assert(
      fc.property(fc.uniqueArray(names, { maxLength: 12 }), fc.array(leaves, { minLength: 12 }), (keys, values) => {
        const rows = Array.from({ length: OFTEN }, (_, row) =>
          Object.defineProperties(
            {},
            Object.fromEntries(
              keys.map((key, i) => [
                // A computed key would set the prototype for __proto__.
                key,
                { value: values[(row + i) % values.length], configurable: true, enumerable: true, writable: true },
              ]),
            ),
          ),
        );
        expectCloned(rows);
        expectCloned(rows[0]);
      }),
      { numRuns: 40 },
    );
  });

  test('in cycles and shared', () => {
    const root = tree(6);
    expectCloned(root);
    expectCloned([root, root.children, root.children[0]]);
    const ring: { next: unknown; list: unknown[] }[] = Array.from({ length: OFTEN }, () => ({ next: null, list: [] }));
    ring.forEach((link, i) => {
      link.next = ring[(i + 1) % ring.length];
      link.list.push(ring, ring[i >> 1], link);
    });
    expectCloned(ring);
  });

  test('without sharing right after a message with it, and the other way round', () => {
    const shared = { x: 1, y: 'two' };
    for (let i = 0; i < OFTEN; i++) {
      expectCloned([shared, { x: i, y: 'own' }, shared]);
      expectCloned([{ x: i, y: 'own' }, new Map([[i, { x: i, y: new Date(i) }]]), /x/g, new Uint8Array(3)]);
    }
  });

  test('with arrays that have holes, -0 and other properties', () => {
    for (let i = 0; i < OFTEN; i++) {
      expectCloned({ list: [, -0, , 'a', undefined], also: Object.assign([1, 2], { extra: i }), none: [] });
    }
  });

  test('deeply nested', () => {
    let chain: unknown = 'the end';
    for (let i = 0; i < 390; i++) chain = i % 3 === 0 ? [chain] : { inner: chain, at: i };
    expectCloned(chain);
    expectCloned(chain);
  });

  test('whose getters add, remove and change what is still to come', () => {
    const make = (): object => {
      const value: Record<string, unknown> = {
        first: 1,
        get second() {
          delete value['third'];
          value['fourth'] = 'changed';
          value['sixth'] = 'added';
          return { first: 2, second: 'inner' };
        },
        third: 3,
        fourth: 4,
        fifth: [5],
      };
      return value;
    };
    for (let i = 0; i < OFTEN; i++) expect(roundTrip(make())).toEqual(structuredClone(make()));
  });

  test('whose getters encode the same values again', () => {
    const inner = { text: 'inner', list: [1, 2] };
    for (let i = 0; i < OFTEN; i++) {
      let seen: unknown;
      const outer = {
        before: `before ${i}`,
        get during() {
          seen = structuredClone(inner);
          return seen;
        },
        after: 'after',
      };
      expect(roundTrip(outer)).toEqual({ before: `before ${i}`, during: inner, after: 'after' });
    }
  });
}
