/** What the codec can use of `node:buffer` and `node:util`, which all three runtimes have, tuned to each. */
import { Buffer } from 'node:buffer';
import { inspect, types } from 'node:util';
import { installCodecHost } from '../src/channel/codec/host.ts';
import { codecHostOf, type NodeParts } from '../src/channel/codec/node-host.ts';

/** From which sizes on the runtime's own way is the faster one; measured by `bench/micro/codec.ts`. */
export type CodecTuning = Pick<NodeParts, 'inspectFrom' | 'useUtf8Write' | 'writeUtf8From' | 'readLatin1From'>;

/** Gives the codec what this runtime has. Called once per thread, before the first value is encoded. */
export function installNodeParts(tuning: CodecTuning): void {
  const buffer = Buffer.prototype as unknown as NodeParts['buffer'];
  installCodecHost(codecHostOf({ buffer, types, inspect, ...tuning }));
}
