import { beforeAll, describe, expect, test } from 'vitest';
import { difference } from './_graph.ts';
import { installTestHost } from './_host.ts';
import { expectCloned, expectClonedOrRefused, roundTrip } from './_round-trip.ts';

beforeAll(installTestHost);

describe('objects', () => {
  test('keep the order of their keys, integers first', () => {
    expectCloned({ b: 1, a: 2, 10: 3, 9: 4, '-1': 5, '01': 6 });
    expect(Object.keys(roundTrip({ b: 1, 2: 0, a: 2 }) as object)).toEqual(['2', 'b', 'a']);
  });

  test('keep undefined members', () => expectCloned({ a: undefined, b: null }));

  test('lose prototypes, symbols, accessors and hidden properties as in a clone', () => {
    class Point {
      x = 1;
      #y = 2;
      get y(): number {
        return this.#y;
      }
    }
    expectCloned(new Point());
    expectCloned(
      Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true } }) instanceof Object ? { a: 1 } : {},
    );
    expectCloned(Object.defineProperty({ shown: 1 }, 'hidden', { value: 2 }));
    expectCloned({
      get computed() {
        return 7;
      },
    });
    expectCloned({ [Symbol('s')]: 1, plain: 2 });
  });

  test('may have keys named like members of Object.prototype', () => {
    expectCloned(JSON.parse('{"__proto__":{"polluted":1},"constructor":1,"toString":2,"hasOwnProperty":3}'));
    expect(Object.getPrototypeOf(roundTrip(JSON.parse('{"__proto__":{"polluted":1}}')))).toBe(Object.prototype);
  });

  test('may be dictionaries of thousands of keys, again and again', () => {
    for (let round = 0; round < 12; round++) {
      const dictionary: Record<string, number> = {};
      for (let i = 0; i < 1000; i++) dictionary[`key ${round} ${i}`] = i;
      expectCloned(dictionary);
      for (let i = 0; i < 800; i++) expectCloned({ [`first ${round} ${i}`]: i });
    }
    expectCloned({ id: 1, name: 'still known' });
  });

  test('may have keys of any text and length', () => {
    expectCloned({ '': 1, ключ: 2, '\ud800': 3, ['k'.repeat(255)]: 4, ['k'.repeat(256)]: 5, after: 6 });
  });

  test('are not confused by what is added to Object.prototype', () => {
    const values = [{ own: 1 }, Object.assign(Object.create(null) as object, { added: 3 })];
    const added = { value: 1, enumerable: true, configurable: true, writable: false };
    Object.defineProperty(Object.prototype, 'added', added);
    let decoded: unknown[];
    try {
      decoded = values.map(roundTrip);
    } finally {
      delete (Object.prototype as { added?: number }).added;
    }
    expect(difference(decoded, structuredClone(values))).toBeUndefined();
  });

  test('run their getters once', () => {
    let count = 0;
    const value = {
      get counted() {
        return ++count;
      },
      big: 'x'.repeat(2_000_000),
    };
    expect(roundTrip(value)).toMatchObject({ counted: 1 });
    expect(count).toBe(1);
  });

  test('may lose later members to a getter', () => {
    const make = (): object => ({
      get first() {
        delete (this as { last?: number }).last;
        return 1;
      },
      last: 2,
    });
    expect(roundTrip(make())).toEqual(structuredClone(make()));
  });

  test('throw what a getter throws', () => {
    const value = {
      get bad() {
        throw new SyntaxError('on purpose');
      },
    };
    expect(() => roundTrip(value)).toThrow(SyntaxError);
    expect(roundTrip({ fine: 1 })).toEqual({ fine: 1 });
  });
});

describe('arrays', () => {
  test('keep holes apart from undefined', () => {
    const holes = [1, undefined, 3];
    delete holes[0];
    expectCloned(holes);
    expectCloned(new Array(3));
    expectCloned([undefined]);
  });

  test('keep their length and their other properties', () => {
    expectCloned(Object.assign([1, 2], { extra: 3, '-1': 4, '4294967295': 5 }));
    expectCloned(/(?<year>\d+)-(\d+)/d.exec('on 2024-05'));
    const sparse: number[] = [];
    sparse[4_000_000_000] = 1;
    // Not held against structuredClone: Bun's goes through all four billion.
    const arrived = roundTrip(sparse) as number[];
    expect(Object.entries(arrived)).toEqual([['4000000000', 1]]);
    expect(arrived.length).toBe(4_000_000_001);
  });

  test('of one hole and one property are not taken for full ones', () =>
    expectCloned(Object.assign(new Array(1), { x: 1 })));

  test('of a class become plain arrays', () => {
    class Stack extends Array<number> {}
    expectCloned(Stack.from([1, 2, 3]));
  });

  test('may be long', () => {
    expectCloned(Array.from({ length: 10_000 }, (_, i) => (i % 3 === 0 ? { i } : i / 2)));
  });
});

describe('builtin objects', () => {
  test('Date, valid or not', () => {
    expectCloned([new Date(0), new Date(NaN), new Date(-1e12)]);
  });

  test('RegExp with every flag, its lastIndex dropped', () => {
    for (const flags of ['', 'd', 'g', 'i', 'm', 's', 'u', 'v', 'y', 'dgimsuy'])
      expectCloned(new RegExp('a/\\n[b]|(?:)', flags));
    expectCloned(Object.assign(/x/g, { lastIndex: 5 }));
    expectCloned([new RegExp(''), new RegExp('/'), new RegExp('\n')]);
  });

  test('Map and Set, with members that lead back to them', () => {
    const map = new Map<unknown, unknown>([
      [NaN, -0],
      ['a', { b: 1 }],
    ]);
    map.set(map, new Set([map, 1, '1']));
    expectCloned(map);
    expectClonedOrRefused(Object.assign(new Map([[1, 2]]), { extra: 1 }));
    expectClonedOrRefused(Object.assign(new Set([1]), { extra: 1 }));
  });

  test('primitives in objects', () => {
    expectCloned([
      Object(true),
      Object(false),
      Object(-0),
      Object('text'),
      Object(12n),
      Object(2n ** 100n),
      new String('\ud800'),
    ]);
    expectClonedOrRefused(Object.assign(Object('text') as object, { extra: 1 }));
  });

  test('subclasses keep the builtin kind', () => {
    expectClonedOrRefused(new (class Ages extends Map<string, number> {})([['a', 1]]));
    expectClonedOrRefused(new (class Moment extends Date {})(7));
  });

  test('bigints of any size', () => {
    for (const bits of [31n, 32n, 63n, 64n, 127n, 1000n])
      expectCloned([2n ** bits, -(2n ** bits), 2n ** bits - 1n, -(2n ** bits) - 1n]);
  });
});

describe('buffers', () => {
  test('views of one buffer share one buffer afterwards, all of it', () => {
    const buffer = new Uint8Array(64).map((_, i) => i).buffer;
    expectCloned({
      buffer,
      whole: new Uint8Array(buffer),
      part: new Int16Array(buffer, 8, 4),
      data: new DataView(buffer, 3, 9),
    });
    expect((roundTrip(new Uint8Array(buffer, 8, 8)) as Uint8Array).buffer.byteLength).toBe(64);
  });

  test('of every class of view', () => {
    const views = [
      Uint8Array,
      Int8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      Float32Array,
      Float64Array,
    ];
    for (const View of views) expectCloned(new View([1, 2, 3]));
    expectCloned([
      new BigInt64Array([-1n]),
      new BigUint64Array([1n]),
      new DataView(new ArrayBuffer(3)),
      new ArrayBuffer(0),
      new Uint8Array(0),
    ]);
  });

  test('are copies: what happens to the memory they came through does not change them', () => {
    const first = roundTrip(new Uint8Array([1, 2, 3])) as Uint8Array;
    roundTrip(new Uint8Array([9, 9, 9]));
    expect([...first]).toEqual([1, 2, 3]);
    expect(first.buffer).toBeInstanceOf(ArrayBuffer);
  });

  test('from NaN payloads to a mebibyte', () => {
    expectCloned(new Float64Array([NaN, -0, Infinity]));
    expectCloned(new Uint8Array(1 << 20).map((_, i) => i * 7));
  });
});

describe('errors', () => {
  const kinds = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

  test('of the classes that a clone knows', () => {
    for (const Kind of kinds) expectClonedOrRefused(new Kind('message'));
    expectClonedOrRefused(new Error());
    expectClonedOrRefused(new AggregateError([1], 'many'));
  });

  test('with causes', () => {
    for (const cause of [1, undefined, 'text', { a: 1 }, new TypeError('inner')])
      expectClonedOrRefused(new Error('outer', { cause }));
    const looped = new Error('looped');
    looped.cause = { looped };
    if (!process.version.startsWith('v20.')) expectClonedOrRefused(looped);
  });

  test('whose name, message or stack was changed', () => {
    const change = (changes: object): Error => Object.assign(new TypeError('message'), changes);
    for (const changes of [
      { name: 'RangeError' },
      { name: 'Mine' },
      { message: 7 },
      { message: undefined },
      { stack: 'text' },
      { stack: 4 },
      { code: 'E' },
    ]) {
      expectClonedOrRefused(change(changes));
    }
    class Mine extends RangeError {
      override get name(): string {
        return 'SyntaxError';
      }
    }
    expectClonedOrRefused(new Mine('message'));
    const bare = new Error('bare');
    delete bare.stack;
    expectClonedOrRefused(bare);
  });
});

describe('identity', () => {
  test('one object at two places is one object afterwards', () => {
    const shared = { s: 1 };
    expectCloned([shared, { shared }, shared, [shared]]);
  });

  test('hundreds of objects, each met twice', () => {
    const objects = Array.from({ length: 300 }, (_, i) => ({ i }));
    expectCloned([objects, [...objects].reverse()]);
  });

  test('cycles through everything', () => {
    const root: Record<string, unknown> = {};
    root['self'] = root;
    root['array'] = [root];
    root['map'] = new Map([[root, root]]);
    root['set'] = new Set([root]);
    expectCloned(root);
  });
});
