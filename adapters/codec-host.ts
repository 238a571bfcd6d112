/** What the codec can use of the built-in modules of each runtime, tuned to it. */
import { Buffer } from 'node:buffer';
import { inspect, types } from 'node:util';
import { installCodecHost } from '../src/channel/codec/host.ts';
import { codecHostOf, type NodeParts } from '../src/channel/codec/node-host.ts';

/** What differs between runtimes: from which sizes on their own ways are the faster ones, and what one alone has. */
export type CodecTuning = Omit<NodeParts, 'buffer' | 'types' | 'inspect'>;

/** Gives the codec what this runtime has. Called once per thread, before the first value is encoded. */
export function installNodeParts(tuning: CodecTuning): void {
  const buffer = Buffer.prototype as unknown as NodeParts['buffer'];
  installCodecHost(codecHostOf({ buffer, types, inspect, ...tuning }));
}
