/** What threads do in the tests of channels between threads: one part each. */
import { parentPort } from 'node:worker_threads';
import { Channel } from '../../src/channel/channel.ts';
import type { Handle } from '../../src/memory/shared-object.ts';
import { data } from '../support/attach-thread.ts';
import { microtasks } from '../signal/_settled.ts';

/** What a test asks of a thread. Messages are `sender * 2 ** 20 + number`; every fifth is an object that has that. */
export type Part =
  | { does: 'send'; channel: Handle; sender: number; count: number; blocking: boolean }
  | { does: 'receive'; channel: Handle; blocking: boolean }
  | { does: 'send, cancelling'; channel: Handle; sender: number; count: number }
  | { does: 'receive, cancelling'; channel: Handle };

export const LONG: string = 'long '.repeat(100);

const part = data as Part;
const channel = Channel.from<number | { id: number; text: string }>(part.channel);

const messageOf = (id: number): number | { id: number; text: string } =>
  id % 5 === 0 ? { id, text: id % 10 === 0 ? LONG : 'short' } : id;
const idOf = (message: number | { id: number }): number => (typeof message === 'number' ? message : message.id);

function* ids(sender: number, count: number): Generator<number> {
  for (let number = 0; number < count; number++) yield sender * 2 ** 20 + number;
}

/** A signal that fires after some microtasks, or not at all. */
function mayFire(): AbortSignal {
  const controller = new AbortController();
  void microtasks(Math.floor(Math.random() * 8)).then(() => controller.abort());
  return controller.signal;
}

switch (part.does) {
  case 'send':
    for (const id of ids(part.sender, part.count)) {
      if (part.blocking) channel.sendSync(messageOf(id));
      else await channel.send(messageOf(id));
    }
    break;
  case 'receive': {
    const received: number[] = [];
    if (part.blocking) {
      while (!channel.isDrained) {
        try {
          received.push(idOf(channel.receiveSync()));
        } catch {
          // Somebody else had the last one.
        }
      }
    } else {
      for await (const message of channel) received.push(idOf(message));
    }
    parentPort?.postMessage(received);
    break;
  }
  case 'send, cancelling': {
    const sent: number[] = [];
    for (const id of ids(part.sender, part.count)) {
      try {
        await channel.send(messageOf(id), { signal: mayFire() });
        sent.push(id);
      } catch {
        // Cancelled.
      }
    }
    parentPort?.postMessage(sent);
    break;
  }
  case 'receive, cancelling': {
    const received: number[] = [];
    while (!channel.isDrained) {
      try {
        received.push(idOf(await channel.receive({ signal: mayFire() })));
      } catch {
        // Cancelled, or somebody else had the last one.
      }
    }
    parentPort?.postMessage(received);
  }
}
