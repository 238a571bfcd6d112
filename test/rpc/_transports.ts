/** Each way from one end to another in one thread: what holds for remote objects holds over all of them. */
import { channelEnds } from '../../src/rpc/channel-connection.ts';
import type { Endpoint } from '../../src/rpc/endpoint.ts';
import { bytePair } from './_byte-pair.ts';
import { openingWire } from './_wire.ts';

export interface Transport {
  readonly name: string;
  readonly carries: 'values' | 'bytes';
  connect(): [Endpoint, Endpoint];
}

export const transports: readonly Transport[] = [
  {
    name: 'a MessagePort',
    carries: 'values',
    connect() {
      const { port1, port2 } = new MessageChannel();
      return [port1, port2];
    },
  },
  { name: 'shared memory', carries: 'values', connect: channelEnds },
  { name: 'bytes', carries: 'bytes', connect: bytePair },
  { name: 'frames of MessagePack', carries: 'bytes', connect: openingWire },
];
