import { afterEach, describe, expect, test } from 'vitest';
import { Channel } from '../../src/channel/channel.ts';
import { ChannelClosedError, DeadlineExceededError, ReveilleError, WouldBlockError } from '../../src/errors.ts';
import { defaultArena } from '../../src/memory/arena.ts';
import { Semaphore } from '../../src/signal/semaphore.ts';
import { waitAll } from '../../src/signal/wait-all.ts';
import { waitAny } from '../../src/signal/wait-any.ts';
import { microtasks, observe } from '../signal/_settled.ts';
import '../support/install-runtime.ts';

const made: Disposable[] = [];
function channelOf<T>(capacity: number, ...messages: T[]): Channel<T> {
  const channel = new Channel<T>({ capacity });
  made.push(channel);
  for (const message of messages) expect(channel.trySend(message)).toBe(true);
  return channel;
}
function drain<T>(channel: Channel<T>): T[] {
  const messages: T[] = [];
  for (let next = channel.tryReceive(); next !== undefined; next = channel.tryReceive()) messages.push(next.value);
  return messages;
}
afterEach(() => {
  for (const thing of made.splice(0)) thing[Symbol.dispose]();
  // Also no block of a message that nobody received.
  expect(defaultArena().stats().blocks).toBe(0);
});

describe('sending and receiving', () => {
  test('what is sent is received in the same order', async () => {
    const channel = channelOf<number>(10);
    for (let i = 0; i < 10; i++) await channel.send(i);
    expect(channel.size).toBe(10);
    for (let i = 0; i < 10; i++) expect(await channel.receive()).toBe(i);
    expect(channel.size).toBe(0);
  });

  test.each([1, 2, 3, 5, 8])('a channel of %i holds exactly that many, again and again', (capacity) => {
    const channel = channelOf<number>(capacity);
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < capacity; i++) expect(channel.trySend(i)).toBe(true);
      expect(channel.trySend(-1)).toBe(false);
      expect(channel.size).toBe(capacity);
      expect(drain(channel)).toEqual(Array.from({ length: capacity }, (_, i) => i));
    }
  });

  test('a send waits while it is full, and goes through as soon as something is received', async () => {
    const channel = channelOf(1, 'first');
    const sent = observe(channel.send('second'));
    await microtasks();
    expect(sent.state).toBe('pending');
    expect(await channel.receive()).toBe('first');
    await microtasks();
    expect(sent.state).toBe('fulfilled');
    expect(await channel.receive()).toBe('second');
  });

  test('a receive waits while it is empty', async () => {
    const channel = channelOf<string>(1);
    const received = observe(channel.receive());
    await microtasks();
    expect(received.state).toBe('pending');
    await channel.send('there');
    await microtasks();
    expect(received.value).toBe('there');
  });

  test('sends that wait keep their order, and later ones do not pass them', async () => {
    const channel = channelOf(1, 0);
    const sends = [channel.send(1), channel.send(2)];
    expect(channel.trySend(3)).toBe(false);
    sends.push(channel.send(3));
    const values = [await channel.receive(), await channel.receive(), await channel.receive(), await channel.receive()];
    expect(values).toEqual([0, 1, 2, 3]);
    await Promise.all(sends);
  });

  test('receives that wait are served in their order, and later ones do not pass them', async () => {
    const channel = channelOf<number>(4);
    const received = [channel.receive(), channel.receive()];
    await Promise.all([channel.send(1), channel.send(2)]);
    expect(await Promise.all(received)).toEqual([1, 2]);
  });

  test('what the sender does to the value afterwards changes nothing, also while it waits to be sent', async () => {
    const channel = channelOf<{ n: number }>(1);
    const values = [{ n: 1 }, { n: 2 }];
    const sends = values.map((value) => channel.send(value));
    for (const value of values) value.n = 0;
    expect([await channel.receive(), await channel.receive()]).toEqual([{ n: 1 }, { n: 2 }]);
    await Promise.all(sends);
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['booleans', [true, false]],
    ['numbers', [0, -0, NaN, Infinity, 1.5, 2 ** 53]],
    ['texts', ['', 'short', 'ü'.repeat(100), 'long '.repeat(20_000)]],
    ['big integers', 2n ** 100n],
    ['objects', { id: 7, tags: ['a'], when: new Date(0), map: new Map([[1, { deep: true }]]) }],
    ['bytes', new Uint8Array(100_000).fill(7)],
    ['sharing', [[1], [2]].map((one) => [one, one])],
  ])('%s arrive as structuredClone would make them', (_, value) => {
    const channel = channelOf<unknown>(2);
    for (let round = 0; round < 3; round++) {
      expect(channel.trySend(value)).toBe(true);
      expect(channel.tryReceive()).toEqual({ value: structuredClone(value) });
    }
  });

  test('primitives arrive as themselves, channels included', () => {
    const semaphore = new Semaphore(1);
    made.push(semaphore);
    const inner = channelOf<string>(1);
    const channel = channelOf<unknown>(1, { semaphore, inner });
    const { value } = channel.tryReceive() as { value: { semaphore: Semaphore; inner: Channel<string> } };
    expect(value.semaphore.tryAcquire()).toBeDefined();
    expect(semaphore.available).toBe(0);
    value.inner.trySend('through');
    expect(inner.tryReceive()).toEqual({ value: 'through' });
  });

  test('what cannot be copied is refused at once, with nothing sent', async () => {
    const channel = channelOf<unknown>(2);
    const refused = {
      name: 'DataCloneError',
      message: /Cannot send \[Function: task\] through a Channel: .* function/,
    };
    const task = (): void => {};
    await expect(channel.send(task)).rejects.toMatchObject({ name: refused.name });
    expect(() => channel.trySend(task)).toThrow(refused.message);
    expect(() => channel.sendSync(task)).toThrow(refused.message);
    expect(channel.size).toBe(0);
  });

  test('a message that asks for more memory than there is is refused, and those around it go through', async () => {
    const channel = channelOf<unknown>(4, 1);
    const tooLarge = new Uint8Array(defaultArena().buffer.byteLength);
    await expect(channel.send(tooLarge)).rejects.toMatchObject({ code: 'ERR_ARENA_FULL' });
    channel.trySend(2);
    expect(drain(channel)).toEqual([1, 2]);
  });

  test('a getter of the value may send, too', () => {
    const channel = channelOf<unknown>(2);
    const value = {
      before: 'outer',
      get inner() {
        channel.trySend({ before: 'inner', after: 'inner' });
        return 1;
      },
      after: 'outer',
    };
    channel.trySend(value);
    expect(drain(channel)).toEqual([
      { before: 'inner', after: 'inner' },
      { before: 'outer', inner: 1, after: 'outer' },
    ]);
  });

  test('a loop over a channel that is never empty lets timers have their turn', async () => {
    const channel = channelOf<number>(1);
    let isOver = false;
    setTimeout(() => (isOver = true), 0);
    let rounds = 0;
    while (!isOver) {
      await channel.send(rounds++);
      await channel.receive();
    }
    expect(rounds).toBeGreaterThan(1);
  });
});

describe('giving up', () => {
  test('a receive that is cancelled takes nothing', async () => {
    const channel = channelOf<number>(1);
    const controller = new AbortController();
    const received = channel.receive({ signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(received).rejects.toBe(reason);
    await channel.send(1);
    expect(drain(channel)).toEqual([1]);
  });

  test('a message that came before the cancel is not lost', async () => {
    const channel = channelOf<number>(1);
    const controller = new AbortController();
    const received = channel.receive({ signal: controller.signal });
    await channel.send(1);
    controller.abort();
    expect(await received).toBe(1);
  });

  test('a send that is cancelled sends nothing, and those behind it go on', async () => {
    const channel = channelOf(1, 0);
    const controller = new AbortController();
    const cancelled = channel.send(1, { signal: controller.signal });
    const next = channel.send(2);
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    expect([await channel.receive(), await channel.receive()]).toEqual([0, 2]);
    await next;
  });

  test('sends and receives time out', async () => {
    const full = channelOf(1, 0);
    const empty = channelOf(1);
    await expect(full.send(1, { timeout: 1 })).rejects.toThrow('Channel.send did not succeed within 1 ms');
    await expect(empty.receive({ timeout: 0 })).rejects.toBeInstanceOf(DeadlineExceededError);
    expect(() => empty.receiveSync({ timeout: 1, allowBlocking: true })).toThrow(DeadlineExceededError);
    expect(() => full.sendSync(1, { timeout: 1, allowBlocking: true })).toThrow(DeadlineExceededError);
    expect(drain(full)).toEqual([0]);
  });

  test('blocking a thread that must not block names what to await instead', () => {
    // Deno and Bun run tests on threads that may block, and there this does not apply.
    const full = channelOf(1, 0);
    const attempt = (): void => full.sendSync(1, { timeout: 1 });
    expect(attempt).toThrow(/await Channel\.send instead|did not succeed within 1 ms/);
    expect([WouldBlockError, DeadlineExceededError].some((kind) => thrownBy(attempt) instanceof kind)).toBe(true);
  });
});

function thrownBy(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('blocking', () => {
  test('neither waits while it need not', () => {
    const channel = channelOf<number>(2);
    channel.sendSync(1);
    channel.sendSync(2);
    expect([channel.receiveSync(), channel.receiveSync()]).toEqual([1, 2]);
  });

  test('a blocked send goes behind the sends of its thread that wait', async () => {
    const channel = channelOf(1, 0);
    const earlier = channel.send(1);
    expect(() => channel.sendSync(2, { timeout: 1, allowBlocking: true })).toThrow(DeadlineExceededError);
    expect([await channel.receive(), await channel.receive()]).toEqual([0, 1]);
    await earlier;
  });
});

describe('closing', () => {
  test('what was sent is received, then receiving ends', async () => {
    const channel = channelOf(3, 1, 2);
    channel.close();
    channel.close();
    expect([channel.isClosed, channel.isDrained]).toEqual([true, false]);
    expect([await channel.receive(), await channel.receive()]).toEqual([1, 2]);
    await expect(channel.receive()).rejects.toBeInstanceOf(ChannelClosedError);
    expect(() => channel.receiveSync({ allowBlocking: true })).toThrow(ChannelClosedError);
    expect(channel.tryReceive()).toBeUndefined();
    expect(channel.isDrained).toBe(true);
  });

  test('nothing can be sent any more, and sends that wait are refused', async () => {
    const channel = channelOf(1, 0);
    const waiting = [channel.send(1), channel.send(2)];
    channel.close();
    for (const send of waiting) await expect(send).rejects.toThrow('Cannot send: the channel is closed');
    await expect(channel.send(3)).rejects.toMatchObject({ code: 'ERR_CHANNEL_CLOSED' });
    expect(() => channel.trySend(3)).toThrow(ChannelClosedError);
    expect(() => channel.sendSync(3)).toThrow(ChannelClosedError);
    expect(drain(channel)).toEqual([0]);
  });

  test('those who wait to receive are told', async () => {
    const channel = channelOf(1);
    const waiting = [channel.receive(), channel.receive()];
    channel.close();
    for (const receive of waiting) await expect(receive).rejects.toBeInstanceOf(ChannelClosedError);
  });

  test('disposing it rejects all waits and frees the messages', async () => {
    const channel = new Channel<string>({ capacity: 1 });
    channel.trySend('long '.repeat(1_000));
    const send = channel.send('more');
    const other = new Channel({ capacity: 1 });
    const receive = other.receive();
    channel[Symbol.dispose]();
    other[Symbol.dispose]();
    for (const wait of [send, receive]) await expect(wait).rejects.toThrow('The Channel was disposed');
    await expect(channel.send('x')).rejects.toBeInstanceOf(ReveilleError);
    expect(() => channel.size).toThrow('Cannot use the Channel: it was disposed');
  });
});

describe('iterating', () => {
  test('it yields all messages and ends when it is closed and drained', async () => {
    const channel = channelOf<number>(2);
    const sending = (async () => {
      for (let i = 0; i < 10; i++) await channel.send(i);
      channel.close();
    })();
    const messages: number[] = [];
    for await (const message of channel) messages.push(message);
    await sending;
    expect(messages).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('leaving the loop takes no message along and closes nothing', async () => {
    const channel = channelOf(3, 1, 2, 3);
    for await (const message of channel) {
      if (message === 2) break;
    }
    expect([channel.isClosed, drain(channel)]).toEqual([false, [3]]);
  });

  test('a signal ends it with its reason', async () => {
    const channel = channelOf<number>(1);
    const controller = new AbortController();
    const next = channel.values({ signal: controller.signal }).next();
    controller.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
  });
});

describe('waiting for the first of several', () => {
  test('a channel has happened once there is something to receive, and nothing is taken', async () => {
    const channel = channelOf<number>(2);
    const semaphore = new Semaphore(0);
    made.push(semaphore);
    const first = waitAny([semaphore, channel]);
    await channel.send(1);
    expect(await first).toBe(1);
    await waitAll([channel]);
    expect(drain(channel)).toEqual([1]);
  });

  test('a receive beside it still gets the message', async () => {
    const channel = channelOf<number>(1);
    const looked = waitAny([channel]);
    const received = channel.receive();
    await channel.send(1);
    expect([await looked, await received]).toEqual([0, 1]);
  });

  test('a closed channel has happened', async () => {
    const channel = channelOf<number>(1);
    channel.close();
    expect(await waitAny([channel])).toBe(0);
  });
});

describe('what it takes', () => {
  test.each([
    [undefined, TypeError, "Expected the options of a Channel to be an object with 'capacity', got undefined"],
    [{}, TypeError, "Expected option 'capacity' to be a number of messages, got undefined"],
    [{ capacity: '5' }, TypeError, "Expected option 'capacity' to be a number of messages, got '5'"],
    [{ capacity: 0 }, RangeError, "Expected option 'capacity' to be a whole number from 1 to 1048576, got 0"],
    [{ capacity: 1.5 }, RangeError, 'got 1.5'],
    [{ capacity: 2 ** 21 }, RangeError, 'got 2097152'],
  ])('%j is refused', (options, kind, message) => {
    expect(() => new Channel(options as never)).toThrow(kind);
    expect(() => new Channel(options as never)).toThrow(message);
  });

  test('a handle makes the same channel', () => {
    const channel = channelOf<number>(3, 1);
    const other = Channel.from<number>(channel.handle);
    expect([other.capacity, other.size]).toEqual([3, 1]);
    other.trySend(2);
    expect(drain(channel)).toEqual([1, 2]);
  });

  test('options of a wait are checked', async () => {
    const channel = channelOf<number>(1);
    await expect(channel.send(1, { timeout: -1 })).rejects.toThrow("option 'timeout'");
    await expect(channel.receive({ signal: 5 as never })).rejects.toThrow("option 'signal'");
    expect(() => channel.values({ timeout: NaN })).toThrow(RangeError);
  });
});
