/** What nobody should send: frames of every wrong shape, and a wire that spoils the bytes that go over it. */
import { Buffer } from 'node:buffer';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import fc from 'fast-check';

const NAMES = [
  ...['constructor', '__proto__', 'prototype', 'toString', 'call', 'apply', 'bind', 'caller', 'then', 'length', ''],
  ...['add', 'secret', 'nested', 'deep', '__defineGetter__', '__lookupSetter__', 'hasOwnProperty', 'valueOf'],
];
const TYPES = ['GET', 'SET', 'APPLY', 'CONSTRUCT', 'ENDPOINT', 'RELEASE', 'get', '', '__proto__'];
/** It would be seen if any of this were carried out. */
const CODE = 'globalThis.reached = true';

const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(undefined, null, true, -1, 0, 1, 0.5, NaN, Infinity, 2 ** 53, -(2 ** 31), '', 'x', CODE, [], {}),
  fc.constantFrom(...NAMES),
  fc.anything({ maxDepth: 2, maxKeys: 3, withDate: true, withMap: true, withSet: true, withBigInt: true }),
);
const number = fc.oneof({ arbitrary: fc.nat({ max: 3 }), weight: 5 }, { arbitrary: odd, weight: 1 });
const path = fc.oneof(
  { arbitrary: fc.array(fc.constantFrom(...NAMES), { maxLength: 4 }), weight: 5 },
  { arbitrary: odd, weight: 1 },
);
const special = fc.oneof(
  { arbitrary: fc.tuple(number, fc.nat({ max: 8 }), odd), weight: 3 },
  { arbitrary: fc.tuple(number, fc.constantFrom(2, 4), fc.array(odd, { maxLength: 4 })), weight: 1 },
  { arbitrary: odd, weight: 1 },
);
const values = fc.oneof({ arbitrary: fc.array(odd, { maxLength: 3 }), weight: 5 }, { arbitrary: odd, weight: 1 });

/** A call that is nearly one, with anything in the place of anything. */
const call = fc.tuple(
  fc.constant(2),
  number,
  number,
  fc.oneof({ arbitrary: fc.constantFrom(...TYPES), weight: 5 }, { arbitrary: odd, weight: 1 }),
  path,
  values,
  fc.oneof({ arbitrary: fc.array(special, { maxLength: 2 }), weight: 2 }, { arbitrary: odd, weight: 1 }),
  fc.constantFrom(0, 1, undefined, 'x'),
);
/** A call in which everything has its shape, so that it is looked at; where it leads is another matter. */
const shapelyCall = fc.tuple(
  fc.constant(2),
  fc.integer({ min: 1, max: 100_000 }),
  fc.constantFrom(0, 0, 0, 1),
  fc.constantFrom('GET', 'SET', 'APPLY', 'APPLY', 'CONSTRUCT', 'ENDPOINT'),
  fc.array(fc.constantFrom(...NAMES), { maxLength: 4 }),
  fc.array(odd, { maxLength: 3 }),
  fc.oneof(fc.constant(0), fc.array(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 7 }), odd), { maxLength: 2 })),
  fc.constantFrom(0, 1),
);

/** Any other word of the protocol, and of none. */
const word = fc.tuple(fc.integer({ min: -1, max: 12 }), number, odd, odd).map((all) => all.slice(0, 4));

/** What a side may be sent that is not, or not quite, what it expects: some messages in a row. */
export const wrongMessages: fc.Arbitrary<unknown[]> = fc.oneof(
  fc.array(shapelyCall, { minLength: 1, maxLength: 10 }),
  fc.array(fc.oneof(shapelyCall, call, word, odd), { minLength: 1, maxLength: 4 }),
);

/** How a chunk of bytes is spoilt. */
export type Spoiling = 'nothing' | 'cut' | 'merge' | 'flip' | 'drop' | 'repeat' | 'insert' | 'end';
export const SPOILINGS: readonly Spoiling[] = ['nothing', 'cut', 'merge', 'flip', 'drop', 'repeat', 'insert', 'end'];

/** A place between a client and a server at which their bytes are spoilt. */
export interface Spoiler {
  readonly port: number;
  close(): Promise<void>;
}

/** @param choose - a number from 0 on that is less than it is given */
export async function spoiler(
  target: number,
  spoilings: readonly Spoiling[],
  choose: (below: number) => number,
): Promise<Spoiler> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ port: target, host: '127.0.0.1' });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      passOn(from, to, () => spoilings[choose(spoilings.length)] ?? 'nothing', choose);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function passOn(from: Socket, to: Socket, how: () => Spoiling, choose: (below: number) => number): void {
  let held = Buffer.alloc(0);
  const release = (): void => {
    if (held.length > 0) to.write(held);
    held = Buffer.alloc(0);
  };
  from.on('data', (data: Buffer) => {
    const chunk = Buffer.concat([held, data]);
    held = Buffer.alloc(0);
    const place = choose(chunk.length);
    const [before, after] = [chunk.subarray(0, place), chunk.subarray(place)];
    switch (how()) {
      case 'cut':
        to.write(before);
        setImmediate(() => to.write(after));
        return;
      case 'merge':
        // With what comes next, or in a turn in which nothing does.
        held = chunk;
        setImmediate(release);
        return;
      case 'flip':
        chunk[place] = (chunk[place] ?? 0) ^ (1 << choose(8));
        to.write(chunk);
        return;
      case 'drop':
        to.write(Buffer.concat([before, after.subarray(1)]));
        return;
      case 'repeat':
        to.write(Buffer.concat([chunk, chunk]));
        return;
      case 'insert':
        to.write(Buffer.concat([before, Buffer.from([choose(256), choose(256)]), after]));
        return;
      case 'end':
        to.end(before);
        return;
      default:
        to.write(chunk);
    }
  });
}
