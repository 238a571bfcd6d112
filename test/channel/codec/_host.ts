import { Buffer } from 'node:buffer';
import { inspect, types } from 'node:util';
import { installCodecHost } from '../../../src/channel/codec/host.ts';
import { codecHostOf, type NodeParts } from '../../../src/channel/codec/node-host.ts';

/** What the adapters install: the sharp tests that the language lacks. The fast paths stay out: both must agree. */
export function installTestHost(): void {
  installCodecHost({
    isProxy: types.isProxy,
    isBranded: (value) =>
      types.isMap(value) ||
      types.isSet(value) ||
      types.isAnyArrayBuffer(value) ||
      types.isPromise(value) ||
      types.isBoxedPrimitive(value),
  });
}

/** Every fast path of every runtime, with thresholds low enough that generated values take them. */
export function installFastTestHost(): void {
  installCodecHost(
    codecHostOf({
      buffer: Buffer.prototype as unknown as NodeParts['buffer'],
      types,
      inspect,
      shallowSize: bunShallowSize(),
      inspectFrom: 2,
      useUtf8Write: true,
      writeUtf8From: 5,
      readLatin1From: 3,
    }),
  );
}

/** What Bun alone has. */
export function bunShallowSize(): NodeParts['shallowSize'] {
  if (!('Bun' in globalThis)) return undefined;
  const jsc = process.getBuiltinModule('bun:jsc') as unknown as {
    estimateShallowMemoryUsageOf: (value: object) => number;
  };
  return jsc.estimateShallowMemoryUsageOf;
}
