/** Channels and topics in the tasks of a pool. */
import { Channel, ChannelClosedError, Topic } from 'reveille';
import { expect, onTestFinished, test } from 'vitest';
import { openPoolOn } from './_pool.ts';

type Tasks = typeof import('./modules/channel.mjs');

function keep<T extends Disposable>(thing: T): T {
  onTestFinished(() => thing[Symbol.dispose]());
  return thing;
}

test('producers and consumers share a channel; each consumer gets the messages of a producer in order', async () => {
  const pool = openPoolOn<Tasks>('./modules/channel.mjs', { threads: 4 });
  const channel = keep(new Channel<{ producer: number; number: number }>({ capacity: 16 }));
  const consumers = [0, 1].map(() => pool.run('consume', [channel]));
  await Promise.all([0, 1].map((producer) => pool.run('produce', [channel, producer, 1_000])));
  channel.close();
  const received = await Promise.all(consumers);
  for (const messages of received) {
    for (const producer of [0, 1]) {
      const numbers = messages.filter((each) => each.producer === producer).map(({ number }) => number);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
  }
  const all = received.flat().map(({ producer, number }) => producer * 1_000 + number);
  expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
});

test('a channel is answered through another that came along in a message', async () => {
  const pool = openPoolOn<Tasks>('./modules/channel.mjs');
  const questions = keep(new Channel<{ text: string; answers: Channel<string> }>({ capacity: 1 }));
  const answers = keep(new Channel<string>({ capacity: 1 }));
  const answering = pool.run('answer', [questions]);
  await questions.send({ text: 'hello', answers });
  expect(await answers.receive()).toBe('HELLO');
  questions.close();
  await answering;
});

test('a task that blocks on a channel goes on when it is sent something, and ends when it is closed', async () => {
  const pool = openPoolOn<Tasks>('./modules/channel.mjs');
  const channel = keep(new Channel<number>({ capacity: 4 }));
  const sum = pool.run('sumBlocking', [channel]);
  for (let i = 1; i <= 100; i++) await channel.send(i);
  channel.close();
  expect(await sum).toBe(5_050);
  await expect(channel.send(1)).rejects.toBeInstanceOf(ChannelClosedError);
});

test('every task that listens to a topic hears everything, from where it subscribed', async () => {
  const pool = openPoolOn<Tasks>('./modules/channel.mjs', { threads: 2 });
  const topic = keep(new Topic<number>({ capacity: 4 }));
  const ready = keep(new Channel<null>({ capacity: 2 }));
  const listening = [0, 1].map(() => pool.run('hear', [topic, ready]));
  for (const _ of listening) await ready.receive();
  for (let i = 1; i <= 100; i++) await topic.publish(i);
  topic.close();
  expect(await Promise.all(listening)).toEqual([5_050, 5_050]);
  expect(topic.subscribers).toBe(0);
});
