import fc from 'fast-check';

/** A slot of a generated object: a primitive, or one of the generated objects. */
type Slot = { readonly primitive: unknown } | { readonly object: number };

interface Blueprint {
  readonly kind: string;
  readonly slots: readonly Slot[];
  readonly keys: readonly string[];
  readonly number: number;
  readonly text: string;
}

/** Text with everything that text can hold: ASCII, Latin-1, other planes, lone surrogates, NUL; short and long. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 80 }) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
      .map((units) => String.fromCharCode(...units)),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.integer({ min: 0, max: 0xff }), { maxLength: 40 })
      .map((units) => String.fromCharCode(...units)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.string({ minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 100 }))
      .map(([text, n]) => text.repeat(n)),
  },
);

const keys: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', 'id', 'name', 'value', 'x', 'y', 'type') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '__proto__',
      'constructor',
      'toString',
      '',
      '0',
      '7',
      '4294967295',
      '-1',
      'length',
      'ключ',
      '\ud800',
      'k'.repeat(300),
    ),
  },
  { weight: 1, arbitrary: texts },
);

export const primitives: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(undefined, null, true, false, 0, -0, NaN, Infinity, -Infinity),
  fc.integer(),
  fc.integer({ min: -10_000_000, max: 10_000_000 }),
  fc.double(),
  fc.constantFrom(8388607, 8388608, -8388608, -8388609, 2147483647, 2147483648, -2147483648, -2147483649, 2 ** 53),
  fc.bigInt(),
  fc.constantFrom(0n, -1n, 2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n), -(2n ** 63n) - 1n, 2n ** 200n),
  texts,
);

const slots: fc.Arbitrary<Slot> = fc.oneof(
  { weight: 3, arbitrary: primitives.map((primitive) => ({ primitive })) },
  { weight: 2, arbitrary: fc.nat({ max: 11 }).map((object) => ({ object })) },
);

const KINDS = [
  'object',
  'object',
  'object',
  'array',
  'array',
  'holes',
  'propertied',
  'sparse',
  'map',
  'set',
  'date',
  'regexp',
  'boxed',
  'buffer',
  'view',
  'instance',
  'bare',
  'accessor',
];

const blueprints: fc.Arbitrary<Blueprint> = fc.record({
  kind: fc.constantFrom(...KINDS),
  slots: fc.array(slots, { maxLength: 7 }),
  keys: fc.array(keys, { minLength: 7, maxLength: 7 }),
  number: fc.oneof(fc.nat({ max: 64 }), fc.double()),
  text: texts,
});

/** Graphs of up to 12 objects of all kinds, with shared references and cycles. */
export const graphs: fc.Arbitrary<unknown> = fc
  .tuple(fc.array(blueprints, { minLength: 1, maxLength: 12 }), fc.boolean())
  .map(([plans, listed]) => {
    const objects = plans.map(create);
    plans.forEach((plan, i) => fill(plan, objects[i] as object, objects));
    return listed ? objects : objects[0];
  });

class Instance {
  own: unknown = undefined;
  #hidden = 1;
  get inherited(): number {
    return this.#hidden;
  }
}

const VIEWS = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

function create({ kind, slots: filled, number, text }: Blueprint): object {
  const size = Number.isInteger(number) ? Math.abs(number) % 64 : 3;
  switch (kind) {
    case 'array':
    case 'propertied':
      return [];
    case 'holes':
      return new Array<unknown>(filled.length + 2);
    case 'sparse':
      return new Array<unknown>(5_000);
    case 'map':
      return new Map<unknown, unknown>();
    case 'set':
      return new Set<unknown>();
    case 'date':
      return new Date(number);
    case 'regexp':
      return Object.assign(new RegExp(text.replace(/[^a-z]/g, ''), ['', 'g', 'iy', 'dmsu', 'v'][size % 5]), {
        lastIndex: 3,
      });
    case 'boxed': {
      const primitive = filled[0] !== undefined && 'primitive' in filled[0] ? filled[0].primitive : true;
      return Object(primitive ?? 'text') as object;
    }
    case 'buffer':
      return bytes(size);
    case 'view':
      return new DataView(bytes(size + 8), size % 8);
    case 'instance':
      return new Instance();
    case 'bare':
      return Object.create(null) as object;
    case 'accessor':
      return { always: true };
    default:
      return {};
  }
}

function fill(
  { kind, slots: filled, keys: names, number }: Blueprint,
  object: object,
  objects: readonly object[],
): void {
  const valueOf = (slot: Slot): unknown => ('object' in slot ? objects[slot.object % objects.length] : slot.primitive);
  const put = (key: PropertyKey, value: unknown): void => {
    const own = Object.getOwnPropertyDescriptor(object, key);
    if (own?.configurable === false) return;
    Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
  };
  filled.forEach((slot, i) => {
    const key = names[i] as string;
    const value = valueOf(slot);
    switch (kind) {
      case 'array':
        (object as unknown[]).push(
          ArrayBuffer.isView(value) && number > 10 ? viewOf(value.buffer as ArrayBuffer, i) : value,
        );
        break;
      case 'holes':
        if (i % 2 === 0) put(i, value);
        break;
      case 'propertied':
        (object as unknown[]).push(i);
        if (i % 3 === 0 && Number.isNaN(Number(key)) && key !== 'length') put(key, value);
        break;
      case 'sparse':
        put(i * 700, value);
        break;
      case 'map':
        (object as Map<unknown, unknown>).set(i % 2 === 0 ? value : key, value);
        break;
      case 'set':
        (object as Set<unknown>).add(value);
        break;
      case 'accessor':
        Object.defineProperty(object, key, { get: () => value, configurable: true, enumerable: i % 3 !== 2 });
        break;
      case 'object':
      case 'instance':
      case 'bare':
        put(key, value instanceof ArrayBuffer && number > 10 ? viewOf(value, i) : value);
        break;
    }
  });
}

function bytes(size: number): ArrayBuffer {
  return new Uint8Array(size).map((_, i) => i * 37).buffer;
}

function viewOf(buffer: ArrayBuffer, i: number): ArrayBufferView {
  const View = VIEWS[i % VIEWS.length] as typeof Uint8Array;
  const start = buffer.byteLength >= 16 ? 8 : 0;
  return new View(buffer, start, Math.floor((buffer.byteLength - start) / View.BYTES_PER_ELEMENT));
}
