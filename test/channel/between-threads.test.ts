import { afterEach, describe, expect, test } from 'vitest';
import { Channel } from '../../src/channel/channel.ts';
import { defaultArena } from '../../src/memory/arena.ts';
import { type AttachedThread, startThread } from '../support/attached-thread.ts';
import '../support/install-runtime.ts';
import { scaled } from '../support/scale.ts';
import type { Part } from './_message-thread.ts';

/** Sends of each of two threads, each of which may be cancelled; so may the receives of two others. */
const SENDS = scaled(5_000, 1_500);

const made: Disposable[] = [];
function channelOf(capacity: number): Channel<unknown> {
  const channel = new Channel({ capacity });
  made.push(channel);
  return channel;
}
function start(part: Part): AttachedThread {
  return startThread(new URL('./_message-thread.ts', import.meta.url), part);
}
const numbersOf = async (thread: AttachedThread): Promise<number[]> => (await thread.message()) as number[];
const ascending = (a: number, b: number): number => a - b;

/** Whether the messages of each sender came in the order in which they were sent. */
function isInOrder(received: readonly number[]): boolean {
  const last = new Map<number, number>();
  for (const id of received) {
    const sender = Math.floor(id / 2 ** 20);
    if (id <= (last.get(sender) ?? -1)) return false;
    last.set(sender, id);
  }
  return true;
}

function idsOf(senders: number, count: number): number[] {
  return Array.from({ length: senders * count }, (_, i) => Math.floor(i / count) * 2 ** 20 + (i % count));
}

afterEach(() => {
  for (const thing of made.splice(0)) thing[Symbol.dispose]();
  expect(defaultArena().stats().blocks).toBe(0);
});

describe.each([
  [1, 'one message', 300],
  [100, '100 messages', 3_000],
])('a channel of %i', (capacity, _, count) => {
  test('two senders and two receivers: no message is lost, repeated or out of order', async () => {
    const channel = channelOf(capacity);
    const { handle } = channel;
    const receivers = [true, false].map((blocking) => start({ does: 'receive', channel: handle, blocking }));
    const senders = [0, 1].map((sender) =>
      start({ does: 'send', channel: handle, sender, count, blocking: sender === 0 }),
    );
    await Promise.all(senders.map(({ exited }) => exited));
    channel.close();
    const received = await Promise.all(receivers.map(numbersOf));
    expect(received.map(isInOrder)).toEqual([true, true]);
    expect(received.flat().sort(ascending)).toEqual(idsOf(2, count));
    await Promise.all(receivers.map(({ exited }) => exited));
  });
});

test(`messages are conserved in ${2 * SENDS} sends and their receives that are cancelled at random`, async () => {
  const channel = channelOf(2);
  const { handle } = channel;
  const receivers = [0, 1].map(() => start({ does: 'receive, cancelling', channel: handle }));
  const senders = [0, 1].map((sender) => start({ does: 'send, cancelling', channel: handle, sender, count: SENDS }));
  const sent = await Promise.all(senders.map(numbersOf));
  channel.close();
  const received = await Promise.all(receivers.map(numbersOf));
  expect(received.map(isInOrder)).toEqual([true, true]);
  expect(received.flat().sort(ascending)).toEqual(sent.flat().sort(ascending));
  expect(sent.flat().length).toBeGreaterThan(0);
  await Promise.all([...senders, ...receivers].map(({ exited }) => exited));
});
