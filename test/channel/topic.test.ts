import { afterEach, describe, expect, test } from 'vitest';
import type { Subscription } from '../../src/channel/subscription.ts';
import { Topic } from '../../src/channel/topic.ts';
import type { SubscribeOptions } from '../../src/channel/topic-options.ts';
import { ChannelClosedError, DeadlineExceededError } from '../../src/errors.ts';
import { defaultArena } from '../../src/memory/arena.ts';
import { waitAny } from '../../src/signal/wait-any.ts';
import { microtasks, observe } from '../signal/_settled.ts';
import '../support/install-runtime.ts';
import { runScript } from '../support/run-script.ts';

const made: Disposable[] = [];
function topicOf<T>(capacity: number, ...messages: T[]): Topic<T> {
  const topic = new Topic<T>({ capacity });
  made.push(topic);
  for (const message of messages) expect(topic.tryPublish(message)).toBe(true);
  return topic;
}
function drain<T>(subscription: Subscription<T>): T[] {
  const messages: T[] = [];
  for (let next = subscription.tryReceive(); next !== undefined; next = subscription.tryReceive()) {
    messages.push(next.value);
  }
  return messages;
}
afterEach(() => {
  for (const thing of made.splice(0)) thing[Symbol.dispose]();
  // Also no subscription and no message.
  expect(defaultArena().stats().blocks).toBe(0);
});

describe('publishing', () => {
  test('every subscription receives every message, in order', async () => {
    const topic = topicOf<number>(4);
    const subscriptions = [topic.subscribe(), topic.subscribe()];
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 4; i++) await topic.publish(round * 4 + i);
      for (const subscription of subscriptions) {
        for (let i = 0; i < 4; i++) expect(await subscription.receive()).toBe(round * 4 + i);
      }
    }
    expect(topic.subscribers).toBe(2);
  });

  test('nobody need listen', () => {
    const topic = topicOf<number>(2);
    for (let i = 0; i < 10; i++) expect(topic.tryPublish(i)).toBe(true);
  });

  test('a subscription begins with what is published next', () => {
    const topic = topicOf(4, 1, 2);
    const subscription = topic.subscribe();
    topic.tryPublish(3);
    expect(drain(subscription)).toEqual([3]);
  });

  test.each([
    ['text', 'short'],
    ['long text', 'long '.repeat(20_000)],
    ['undefined', undefined],
    ['an object', { id: 7, tags: ['a'], when: new Date(0) }],
    ['bytes', new Uint8Array(50_000).fill(7)],
  ])('%s arrives at each as structuredClone would make it', (_, value) => {
    const topic = topicOf<unknown>(2);
    const subscriptions = [topic.subscribe(), topic.subscribe({ overflow: 'latest' })];
    for (let round = 0; round < 5; round++) {
      expect(topic.tryPublish(value)).toBe(true);
      for (const subscription of subscriptions) expect(subscription.tryReceive()).toEqual({ value });
    }
  });

  test('what cannot be copied is refused at once', async () => {
    const topic = topicOf<unknown>(1);
    await expect(topic.publish(() => {})).rejects.toMatchObject({ name: 'DataCloneError' });
    expect(() => topic.tryPublish(Symbol('x'))).toThrow('Cannot send Symbol(x) through a Topic');
  });

  test('a message that asks for more memory than there is is refused, and those around it go through', async () => {
    const topic = topicOf<unknown>(4);
    const subscription = topic.subscribe();
    topic.tryPublish(1);
    const tooLarge = new Uint8Array(defaultArena().buffer.byteLength);
    await expect(topic.publish(tooLarge)).rejects.toMatchObject({ code: 'ERR_ARENA_FULL' });
    topic.tryPublish(2);
    expect(drain(subscription)).toEqual([1, 2]);
  });
});

describe('a subscription that lags', () => {
  test('block: publishers wait, and nothing is missed', async () => {
    const topic = topicOf<number>(8);
    const subscription = topic.subscribe({ capacity: 2 });
    expect([topic.tryPublish(1), topic.tryPublish(2), topic.tryPublish(3)]).toEqual([true, true, false]);
    const published = observe(topic.publish(3));
    await microtasks();
    expect(published.state).toBe('pending');
    expect(await subscription.receive()).toBe(1);
    await microtasks();
    expect(published.state).toBe('fulfilled');
    expect(drain(subscription)).toEqual([2, 3]);
    expect(subscription.dropped).toBe(0);
  });

  test('dropOldest: it keeps the latest, and counts what it missed', () => {
    const topic = topicOf<number>(4);
    const subscription = topic.subscribe({ capacity: 3, overflow: 'dropOldest' });
    for (let i = 1; i <= 10; i++) expect(topic.tryPublish(i)).toBe(true);
    expect(drain(subscription)).toEqual([8, 9, 10]);
    expect(subscription.dropped).toBe(7);
  });

  test('latest: it sees only the newest', () => {
    const topic = topicOf<number>(4);
    const subscription = topic.subscribe({ overflow: 'latest' });
    for (let i = 1; i <= 3; i++) topic.tryPublish(i);
    expect(drain(subscription)).toEqual([3]);
    topic.tryPublish(4);
    expect(drain(subscription)).toEqual([4]);
    expect(subscription.dropped).toBe(2);
  });

  test('one that blocks and one that drops each get what they asked for', async () => {
    const topic = topicOf<number>(2);
    const all = topic.subscribe();
    const latest = topic.subscribe({ overflow: 'latest' });
    const publishing = (async () => {
      for (let i = 1; i <= 20; i++) await topic.publish(i);
      topic.close();
    })();
    const received: number[] = [];
    for await (const message of all) received.push(message);
    await publishing;
    expect(received).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(drain(latest)).toEqual([20]);
    expect(latest.dropped).toBe(19);
  });

  test('publishes that wait keep their order, and later ones do not pass them', async () => {
    const topic = topicOf<number>(1);
    const subscription = topic.subscribe();
    const publishes = [topic.publish(1), topic.publish(2), topic.publish(3)];
    expect(topic.tryPublish(4)).toBe(false);
    expect([await subscription.receive(), await subscription.receive(), await subscription.receive()]).toEqual([
      1, 2, 3,
    ]);
    await Promise.all(publishes);
  });

  test('when it is disposed, publishers go on', async () => {
    const topic = topicOf<number>(1);
    const subscription = topic.subscribe();
    topic.tryPublish(1);
    const published = observe(topic.publish(2));
    subscription[Symbol.dispose]();
    await microtasks();
    expect(published.state).toBe('fulfilled');
    expect(topic.subscribers).toBe(0);
  });

  test('a publish that is cancelled or times out reaches nobody', async () => {
    const topic = topicOf<number>(1);
    const subscription = topic.subscribe();
    topic.tryPublish(1);
    const controller = new AbortController();
    const cancelled = topic.publish(2, { signal: controller.signal });
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    await expect(topic.publish(3, { timeout: 1 })).rejects.toBeInstanceOf(DeadlineExceededError);
    expect(() => topic.publishSync(4, { timeout: 1, allowBlocking: true })).toThrow(DeadlineExceededError);
    expect(drain(subscription)).toEqual([1]);
  });
});

describe('replay', () => {
  test.each([
    [0, []],
    [1, [5]],
    [3, [3, 4, 5]],
  ])('the latest %i come first', (replay, expected) => {
    const topic = topicOf(3, 1, 2, 3, 4, 5);
    const subscription = topic.subscribe({ replay });
    expect(drain(subscription)).toEqual(expected);
    topic.tryPublish(6);
    expect(drain(subscription)).toEqual([6]);
    expect(subscription.dropped).toBe(0);
  });

  test('fewer if there are not so many', () => {
    const subscription = topicOf(8, 1, 2).subscribe({ replay: 8, overflow: 'dropOldest' });
    expect(drain(subscription)).toEqual([1, 2]);
    expect(drain(topicOf<number>(8).subscribe({ replay: 8 }))).toEqual([]);
  });

  test('what is replayed counts as waiting', () => {
    const topic = topicOf(2, 1, 2);
    const subscription = topic.subscribe({ replay: 2 });
    expect(topic.tryPublish(3)).toBe(false);
    expect(drain(subscription)).toEqual([1, 2]);
    expect(topic.tryPublish(3)).toBe(true);
  });
});

describe('closing', () => {
  test('what was published is received, then receiving ends for everyone', async () => {
    const topic = topicOf<number>(2);
    const subscriptions = [topic.subscribe(), topic.subscribe()];
    topic.tryPublish(1);
    topic.close();
    for (const subscription of subscriptions) {
      expect(await subscription.receive()).toBe(1);
      await expect(subscription.receive()).rejects.toBeInstanceOf(ChannelClosedError);
      expect(() => subscription.receiveSync()).toThrow('Cannot receive: the topic is closed');
    }
    expect(drain(topic.subscribe({ replay: 1 }))).toEqual([1]);
  });

  test('nothing can be published any more, and publishes that wait are refused', async () => {
    const topic = topicOf<number>(1);
    topic.subscribe();
    topic.tryPublish(1);
    const waiting = topic.publish(2);
    topic.close();
    await expect(waiting).rejects.toThrow('Cannot send: the topic is closed');
    expect(() => topic.tryPublish(3)).toThrow(ChannelClosedError);
    expect(topic.isClosed).toBe(true);
  });

  test('those who wait to receive are told', async () => {
    const topic = topicOf<number>(1);
    const subscription = topic.subscribe();
    const waiting = [subscription.receive(), subscription.receive()];
    topic.close();
    for (const receive of waiting) await expect(receive).rejects.toBeInstanceOf(ChannelClosedError);
  });

  test('disposing the topic rejects all waits', async () => {
    const topic = new Topic<number>({ capacity: 1 });
    const subscription = topic.subscribe();
    const receive = subscription.receive();
    topic[Symbol.dispose]();
    await expect(receive).rejects.toThrow('The Subscription was disposed');
    expect(() => subscription.tryReceive()).toThrow('Cannot use the Subscription: it was disposed');
    subscription[Symbol.dispose]();
    await expect(topic.publish(1)).rejects.toThrow('Cannot use the Topic: it was disposed');
  });
});

describe('listening', () => {
  test('the listener is called with each message in turn, until the topic is closed', async () => {
    const topic = topicOf<number>(4);
    const heard: number[] = [];
    const listening = topic.subscribe().listen(async (message) => {
      await microtasks();
      heard.push(message);
    });
    for (const message of [1, 2, 3]) topic.tryPublish(message);
    topic.close();
    await listening;
    expect(heard).toEqual([1, 2, 3]);
  });

  test('what the listener throws or rejects with goes to onError, and the next message follows', async () => {
    const topic = topicOf<string>(4);
    const errors: unknown[] = [];
    const listening = topic.subscribe().listen(
      (message) => {
        if (message === 'throw') throw new Error('thrown');
        return message === 'reject' ? Promise.reject(new Error('rejected')) : undefined;
      },
      { onError: (error) => errors.push(error) },
    );
    for (const message of ['throw', 'reject', 'fine']) topic.tryPublish(message);
    topic.close();
    await listening;
    expect(errors.map(String)).toEqual(['Error: thrown', 'Error: rejected']);
  });

  test('without onError it is an uncaught error, and the next message follows', async () => {
    const { code, stdout } = await runScript(new URL('./_throwing-listener.ts', import.meta.url));
    expect(stdout.trim().split('\n').sort()).toEqual(['heard', 'uncaught: Error: thrown']);
    expect(code).toBe(0);
  });

  test('a signal and disposing end it', async () => {
    const topic = topicOf<number>(4);
    const controller = new AbortController();
    const [first, second] = [topic.subscribe(), topic.subscribe()];
    const listening = [first.listen(() => {}, { signal: controller.signal }), second.listen(() => {})];
    controller.abort();
    second[Symbol.dispose]();
    await Promise.all(listening);
  });
});

test('a subscription takes part in waitAny and takes nothing', async () => {
  const topic = topicOf<number>(2);
  const [first, second] = [topic.subscribe(), topic.subscribe()];
  const index = waitAny([first, second]);
  topic.tryPublish(1);
  expect(await index).toBe(0);
  expect([drain(first), drain(second)]).toEqual([[1], [1]]);
});

describe('what it takes', () => {
  test.each([
    [{ capacity: 5 }, RangeError, "Expected option 'capacity' to be a whole number from 1 to 4, got 5"],
    [{ capacity: 2, overflow: 'latest' }, RangeError, "option 'capacity' to be a whole number from 1 to 1, got 2"],
    [{ capacity: 2, replay: 3 }, RangeError, "Expected option 'replay' to be a whole number from 0 to 2, got 3"],
    [{ replay: '1' }, TypeError, "Expected option 'replay' to be a number, got '1'"],
    [{ overflow: 'drop' }, TypeError, "Expected option 'overflow' to be 'block', 'dropOldest' or 'latest', got 'drop'"],
    [null, TypeError, 'Expected the options of a subscription to be an object, got null'],
  ])('%j is refused', (options, kind, message) => {
    const topic = topicOf<number>(4);
    expect(() => topic.subscribe(options as SubscribeOptions)).toThrow(kind);
    expect(() => topic.subscribe(options as SubscribeOptions)).toThrow(message);
    expect(topic.subscribers).toBe(0);
  });

  test('more than 64 subscriptions are refused, and a place that was given up is free again', () => {
    const topic = topicOf<number>(1);
    const subscriptions = Array.from({ length: 64 }, () => topic.subscribe({ overflow: 'latest' }));
    expect(() => topic.subscribe()).toThrow('Cannot subscribe to the Topic: it has 64 subscriptions already');
    subscriptions[7]?.[Symbol.dispose]();
    expect(topic.subscribe().dropped).toBe(0);
  });

  test('a handle makes the same topic', () => {
    const topic = topicOf<number>(2);
    const subscription = topic.subscribe();
    Topic.from<number>(topic.handle).tryPublish(1);
    expect(drain(subscription)).toEqual([1]);
  });
});
