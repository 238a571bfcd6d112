// The tasks of the fault tests of channels and topics. What they have done stands in shared memory: a thread may die.
import process from 'node:process';
import { workerData } from 'node:worker_threads';

/** @typedef {import('reveille').Channel<number | { id: number, text: string }>} Messages */
/** @typedef {import('reveille').Topic<number>} Numbers */

const { sent, seen, room } = /** @type {{ sent: Int32Array, seen: Int32Array, room: number }} */ (workerData);
const LONG = 'long '.repeat(100);

/** @param {number} id */
const messageOf = (id) => (id % 7 === 0 ? { id, text: id % 2 === 0 ? LONG : 'short' } : id);

/**
 * Sends numbered messages until it is ended.
 * @param {Messages} channel @param {number} sender @param {boolean} blocking
 */
export async function send(channel, sender, blocking) {
  for (let number = 0; number < room; number++) {
    const message = messageOf(sender * room + number);
    if (blocking) channel.sendSync(message);
    else await channel.send(message);
    Atomics.store(sent, sender, number + 1);
  }
}

/**
 * Receives messages until the channel is closed.
 * @param {Messages} channel @param {boolean} blocking
 */
export async function receive(channel, blocking) {
  /** @param {number | { id: number }} message */
  const see = (message) => void Atomics.add(seen, typeof message === 'number' ? message : message.id, 1);
  if (!blocking) for await (const message of channel) see(message);
  while (!channel.isDrained) {
    try {
      see(channel.receiveSync());
    } catch {
      // Somebody else had the last one.
    }
  }
}

/** Ends its thread between two messages that it sends. @param {Messages} channel @param {number} sender */
export async function exitAmidst(channel, sender) {
  for (let number = 0; number < 10; number++) {
    await channel.send(messageOf(sender * room + number));
    Atomics.store(sent, sender, number + 1);
  }
  void channel.send(messageOf(sender * room + 10));
  process.exit(3);
}

/** Publishes numbers until it is ended. @param {Numbers} topic @param {number} publisher */
export async function publish(topic, publisher) {
  for (let number = 0; number < room; number++) await topic.publish(publisher * room + number);
}

/** Subscribes and listens until the topic is closed. @param {Numbers} topic @param {'block' | 'dropOldest'} overflow */
export async function listen(topic, overflow) {
  const subscription = topic.subscribe({ overflow, capacity: 4 });
  let last = -1;
  for await (const message of subscription) last = message;
  subscription[Symbol.dispose]();
  return last;
}
