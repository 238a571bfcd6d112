/**
 * The codec on each runtime: from which sizes on the runtime's own ways are the faster ones. Measured by
 * `bench/micro/codec.ts`.
 */
import type { Runtime } from '../src/runtime.ts';
import type { SizeEstimate } from '../src/channel/codec/named-slots.ts';
import { builtIn } from './built-in.ts';
import { type CodecTuning, installNodeParts } from './codec-host.ts';

const TUNING: Record<Runtime['name'], CodecTuning> = {
  node: {
    inspectFrom: 100,
    useUtf8Write: true,
    // Node 24 has a faster Buffer.utf8Write.
    writeUtf8From: Number.parseInt(process.versions.node, 10) >= 24 ? 18 : 40,
    readLatin1From: 25,
  },
  deno: { inspectFrom: 1200, useUtf8Write: false, writeUtf8From: 64, readLatin1From: 25 },
  bun: { inspectFrom: 8, useUtf8Write: true, writeUtf8From: 36, readLatin1From: 7 },
};

/** Makes the codec of this thread use what the runtime has. Called before the first value is encoded. */
export function tuneCodec(name: Runtime['name']): void {
  installNodeParts({ ...TUNING[name], shallowSize: name === 'bun' ? bunShallowSize() : undefined });
}

/** https://bun.com/reference/bun/jsc/estimateShallowMemoryUsageOf */
function bunShallowSize(): SizeEstimate | undefined {
  const { estimateShallowMemoryUsageOf } = builtIn('bun:jsc') as { estimateShallowMemoryUsageOf?: SizeEstimate };
  return estimateShallowMemoryUsageOf;
}
