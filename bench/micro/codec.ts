/**
 * What the codec costs beside what else there is, one way and back:
 * `node --experimental-strip-types bench/micro/codec.ts` (or bun, or deno run -A); `--only=TEXT` picks values by name,
 * `--bare` leaves out what the runtime offers.
 */
import { Buffer } from 'node:buffer';
import { inspect, isDeepStrictEqual, types } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { Decoder } from '../../src/channel/codec/decoder.ts';
import { Encoder } from '../../src/channel/codec/encoder.ts';
import { installCodecHost } from '../../src/channel/codec/host.ts';
import { codecHostOf, type NodeParts } from '../../src/channel/codec/node-host.ts';

const runtime = 'Bun' in globalThis ? 'bun' : 'Deno' in globalThis ? 'deno' : 'node';
const thresholds = {
  bun: { inspectFrom: 8, writeUtf8From: 36, readLatin1From: 7 },
  deno: { inspectFrom: 1200, writeUtf8From: 64, readLatin1From: 25 },
  node: {
    inspectFrom: 100,
    writeUtf8From: Number(process.versions.node.split('.')[0]) >= 24 ? 18 : 40,
    readLatin1From: 25,
  },
}[runtime];
const host = codecHostOf({
  useUtf8Write: runtime !== 'deno',
  buffer: Buffer.prototype as unknown as NodeParts['buffer'],
  types,
  inspect,
  shallowSize:
    runtime === 'bun'
      ? (process.getBuiltinModule('bun:jsc') as unknown as { estimateShallowMemoryUsageOf: (value: object) => number })
          .estimateShallowMemoryUsageOf
      : undefined,
  ...thresholds,
});
if (!process.argv.includes('--bare')) installCodecHost(host);

const shared = new Uint8Array(new SharedArrayBuffer(4 << 20), 64);
const encoder = new Encoder();
const decoder = new Decoder();

const samples: readonly (readonly [string, (i: number) => unknown, number])[] = [
  ['number (int)', (i) => i, 200_000],
  ['number (double)', (i) => i + 0.5, 200_000],
  ['text of 10', (i) => `text ${i % 1000}abcde`.slice(0, 10), 200_000],
  ['4-field object', (i) => ({ id: i, name: `user ${i}`, score: i / 7, active: i % 2 === 0 }), 100_000],
  ['1 KiB object', oneKibibyte, 10_000],
  ['100 numbers', (i) => Array.from({ length: 100 }, (_, j) => i + j), 10_000],
  ['20 objects in array', (i) => Array.from({ length: 20 }, (_, j) => ({ x: i, y: j, label: `p${j}` })), 10_000],
  ['64 KiB bytes', () => new Uint8Array(65_536).fill(7), 4_000],
  ['1 MiB bytes', () => new Uint8Array(1 << 20).fill(7), 400],
];

function oneKibibyte(i: number): unknown {
  return {
    id: i,
    type: 'order',
    customer: {
      name: `Customer ${i}`,
      email: `customer${i}@example.com`,
      address: { street: '12 Long Street', city: 'Springfield', zip: '12345' },
    },
    items: Array.from({ length: 6 }, (_, j) => ({
      sku: `SKU-${i}-${j}`,
      quantity: j + 1,
      price: 9.99 * (j + 1),
      tags: ['new', 'sale'],
    })),
    total: 209.79,
    currency: 'EUR',
    paid: true,
    notes: 'Leave the parcel with the neighbours at number 14 if nobody is at home, and ring twice.',
    history: [
      { at: 1_700_000_000_000, event: 'created' },
      { at: 1_700_000_100_000, event: 'paid' },
      { at: 1_700_000_200_000, event: 'shipped' },
    ],
    flags: [true, false, true],
    parent: null,
  };
}

/** The fastest of many short rounds: of a round of a millisecond some go undisturbed even on a busy machine. */
function best(count: number, run: (i: number) => void): number {
  const round = Math.max(1, Math.ceil(count / 200));
  let least = Infinity;
  for (let left = 300; left > 0; left--) {
    const start = performance.now();
    for (let i = 0; i < round; i++) run(i);
    least = Math.min(least, ((performance.now() - start) / round) * 1e6);
  }
  return least;
}

const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice(7);
let kept: unknown;
console.log(`${runtime} ${process.version}, fastest round, nanoseconds`);
console.log(
  'value'.padEnd(22) +
    ['encode', 'decode', 'both', 'JSON', 'structuredClone', 'v8.serialize'].map((name) => name.padStart(16)).join(''),
);
for (const [name, make, count] of samples) {
  if (only !== undefined && !name.includes(only)) continue;
  const values = Array.from({ length: 64 }, (_, i) => make(i));
  for (const value of values) {
    const end = encoder.encode(value, shared, 0, shared.length);
    if (!isDeepStrictEqual(decoder.decode(shared, 0, end), value)) throw new Error(`${name} did not survive`);
  }
  const at = (i: number): unknown => values[i & 63];
  const stride = 8192;
  const ends = values.map((value, i) => encoder.encode(value, shared, (i & 15) * stride, shared.length));
  const large = count < 10_000;
  const encode = best(count, (i) => {
    kept = encoder.encode(at(i), shared, 0, shared.length);
  });
  if (large) ends[0] = encoder.encode(values[0], shared, 0, shared.length);
  else for (let i = 0; i < 16; i++) ends[i] = encoder.encode(values[i], shared, i * stride, shared.length);
  const decode = best(
    count,
    large
      ? () => {
          kept = decoder.decode(shared, 0, ends[0] as number);
        }
      : (i) => {
          kept = decoder.decode(shared, (i & 15) * stride, ends[i & 15] as number);
        },
  );
  const both = best(count, (i) => {
    kept = decoder.decode(shared, 0, encoder.encode(at(i), shared, 0, shared.length));
  });
  const json = large
    ? NaN
    : best(count, (i) => {
        kept = JSON.parse(JSON.stringify(at(i)));
      });
  const clone = best(count / 2, (i) => {
    kept = structuredClone(at(i));
  });
  const v8 = best(count / 4, (i) => {
    kept = deserialize(serialize(at(i)));
  });
  console.log(
    name.padEnd(22) +
      [encode, decode, both, json, clone, v8]
        .map((time) => (Number.isNaN(time) ? '-' : time.toFixed(0)).padStart(16))
        .join(''),
  );
}
if (kept === encoder) console.log(kept);
