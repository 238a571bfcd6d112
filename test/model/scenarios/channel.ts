/** The channel: senders and receivers, blocked or in their event loops, cancelled, closed upon, and dying. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { arenaMemory, bellWords, takePlace } from '../_arena.ts';
import { Channel } from '../../../src/channel/channel.ts';
import { CHANNEL_ROOM } from '../../../src/channel/channel-room.ts';
import { formatQueue, MessageQueue, PUT, queueBytes } from '../../../src/channel/message-queue.ts';
import { MESSAGE_BLOCK } from '../../../src/channel/message-cells.ts';
import { pack } from '../../../src/channel/packed-message.ts';
import { Arena } from '../../../src/memory/arena.ts';
import type { Handle } from '../../../src/memory/shared-object.ts';
import { forgetThread } from '../../../src/signal/forget-thread.ts';
import { INTEREST, KIND, PRIMITIVE_BYTES, STATE } from '../../../src/signal/primitive-block.ts';
import { waitAny } from '../../../src/signal/wait-any.ts';
import { scenario, type CheckContext, type Scenario, type ThreadContext, type WordNames } from '../scenario.ts';

type ChannelScenario = Scenario<Handle, Channel>;
type Context = ThreadContext<Handle, Channel>;

const HEAD = 16;
const TAIL = 32;
const CELLS = 48;

/** A channel that holds `capacity` messages, with `sent` in it already. */
const about = (capacity: number, ...sent: unknown[]) => ({
  memory: arenaMemory,

  setup: (buffer: SharedArrayBuffer): Handle => {
    const arena = Arena.attach(buffer);
    const room = arena.allocate(PRIMITIVE_BYTES, CHANNEL_ROOM);
    const offset = arena.allocate(queueBytes(capacity), KIND.channel);
    formatQueue(arena, offset, capacity, room);
    const queue = new MessageQueue(arena, offset);
    for (const message of sent) strictEqual(queue.put(pack(arena, message, 'Channel'), 0), PUT);
    return { buffer, kind: KIND.channel, offset };
  },

  attach: (context: { buffer: SharedArrayBuffer; shared: Handle; thread: number }): Channel => {
    takePlace(context);
    return Channel.from({ ...context.shared, buffer: context.buffer });
  },

  words: (buffer: SharedArrayBuffer, { offset }: Handle): WordNames => {
    const names = bellWords();
    const room = Arena.attach(buffer).i32[(offset >> 2) + 6] as number;
    for (const [name, word] of Object.entries({ CLOSED: STATE, RECEIVERS: INTEREST, HEAD, TAIL })) {
      names[name] = offset + word * 4;
    }
    names['SENDERS'] = room + INTEREST * 4;
    for (let cell = 0; cell < capacity; cell++) names[`cell ${cell}`] = offset + (CELLS + cell * 4) * 4;
    return names;
  },
});

const send =
  (...values: unknown[]) =>
  async ({ local }: Context): Promise<void> => {
    for (const value of values) await local.send(value);
  };

const sendBlocking =
  (...values: unknown[]) =>
  ({ local }: Context): void => {
    for (const value of values) local.sendSync(value);
  };

const receive =
  (count: number) =>
  async ({ local, log }: Context): Promise<void> => {
    for (let i = 0; i < count; i++) log((await local.receive()) as number);
  };

const receiveBlocking =
  (count: number) =>
  ({ local, log }: Context): void => {
    for (let i = 0; i < count; i++) log(local.receiveSync() as number);
  };

const receiveUntilClosed = async ({ local, log }: Context): Promise<void> => {
  for await (const value of local) log(value as number);
  log('end');
};

type Check = Pick<CheckContext<Handle>, 'buffer' | 'shared' | 'log'>;

/** What is still in the channel. */
function left({ buffer, shared }: Check): unknown[] {
  const channel = Channel.from({ ...shared, buffer });
  const values: unknown[] = [];
  for (let next = channel.tryReceive(); next !== undefined; next = channel.tryReceive()) values.push(next.value);
  return values;
}

function received({ log }: Check): number[] {
  return log.map(({ entry }) => entry).filter((entry) => typeof entry === 'number');
}

/** Each of `values` was received once or is still there. */
const conserves =
  (...values: number[]) =>
  (context: Check): void => {
    deepStrictEqual([...received(context), ...(left(context) as number[])].sort(), values);
  };

/** More messages than there is room for, in their order, between two threads that block. */
export const blocking: ChannelScenario = scenario({
  ...about(1),
  threads: [sendBlocking(1, 2), receiveBlocking(2)],
  check: (context) => deepStrictEqual(received(context), [1, 2]),
});

/** The same in event loops. */
export const inLoops: ChannelScenario = scenario({
  ...about(1),
  threads: [send(1, 2), receive(2)],
  check: (context) => deepStrictEqual(received(context), [1, 2]),
});

/** Three messages through two places. */
export const twoPlaces: ChannelScenario = scenario({
  ...about(2),
  threads: [send(1, 2, 3), receive(3)],
  check: (context) => deepStrictEqual(received(context), [1, 2, 3]),
});

/** Two senders compete for one place. */
export const twoSenders: ChannelScenario = scenario({
  ...about(1),
  threads: [send(1), sendBlocking(2), receive(2)],
  check: conserves(1, 2),
});

/** Two receivers compete for what one sends. */
export const twoReceivers: ChannelScenario = scenario({
  ...about(2),
  threads: [receive(1), receiveBlocking(1), send(1, 2)],
  check: conserves(1, 2),
});

/** Closed by the sender: the receiver gets everything, then the end. */
export const closed: ChannelScenario = scenario({
  ...about(1),
  threads: [
    async (context) => {
      await send(1, 2)(context);
      context.local.close();
    },
    receiveUntilClosed,
  ],
  check: ({ log }) =>
    deepStrictEqual(
      log.map(({ entry }) => entry),
      [1, 2, 'end'],
    ),
});

/** Closed by a third thread at any moment: what counts as sent is received before the end, the rest is refused. */
const closedUpon = (capacity: number): ChannelScenario =>
  scenario({
    ...about(capacity),
    threads: [
      async ({ local, scratch }) => {
        for (const value of [1, 2]) {
          await local.send(value).then(
            () => (scratch[0] = value),
            () => undefined,
          );
        }
      },
      receiveUntilClosed,
      ({ local }) => local.close(),
    ],
    check: (context) => {
      const sent = [1, 2].slice(0, context.scratch[0]);
      deepStrictEqual(
        context.log.map(({ entry }) => entry),
        [...sent, 'end'],
      );
      deepStrictEqual(left(context), []);
    },
  });
export const closedUponOne: ChannelScenario = closedUpon(1);
export const closedUponTwo: ChannelScenario = closedUpon(2);

/** Two receivers, and the end reaches both. */
export const closedToTwo: ChannelScenario = scenario({
  ...about(2),
  threads: [
    receiveUntilClosed,
    receiveUntilClosed,
    ({ local }) => {
      local.trySend(1);
      local.close();
    },
  ],
  check: (context) => {
    deepStrictEqual(received(context), [1]);
    strictEqual(context.log.filter(({ entry }) => entry === 'end').length, 2);
  },
});

const receiveUnlessCancelled = async ({ local, log, signal }: Context): Promise<void> => {
  await local.receive({ signal }).then(
    (value) => log(value as number),
    () => undefined,
  );
};

/** A receive that is cancelled at any step has taken nothing, or has its message. */
export const receiveCancelled: ChannelScenario = scenario({
  ...about(1),
  budget: { cancels: 1 },
  threads: [receiveUnlessCancelled, sendBlocking(1)],
  check: conserves(1),
});

/** And takes no wake-up along that another needs. */
export const receiveCancelledOfTwo: ChannelScenario = scenario({
  ...about(1),
  budget: { cancels: 1, together: true },
  cancelsWhenStuck: true,
  threads: [receiveUnlessCancelled, receiveBlocking(1), sendBlocking(1, 2)],
  check: conserves(1, 2),
});

/** A send that is cancelled at any step has sent nothing, and leaves its place to another. */
export const sendCancelled: ChannelScenario = scenario({
  ...about(1, 0),
  budget: { cancels: 1, together: true },
  threads: [
    async ({ local, scratch, signal }) => {
      await local.send(1, { signal }).then(
        () => (scratch[0] = 1),
        () => undefined,
      );
    },
    send(2),
    receive(2),
  ],
  check: (context) => {
    const all = [...received(context), ...(left(context) as number[])].sort();
    deepStrictEqual(all, context.scratch[0] === 1 ? [0, 1, 2] : [0, 2]);
  },
});

/** One that only looks takes nothing and passes the ring on. */
export const observed: ChannelScenario = scenario({
  ...about(1),
  threads: [async ({ local }) => void (await waitAny([local])), receive(1), send(1, 2)],
  check: conserves(1, 2),
});

/** Whether somebody died; then it is made good. */
const bury = async ({ buffer, nextDeath }: Context): Promise<boolean> => {
  const dead = await nextDeath();
  if (dead !== undefined) forgetThread(Arena.attach(buffer), dead);
  return dead !== undefined;
};

/** No block of the arena is left but those of the channel and its room. */
function nothingLeaked({ buffer }: Pick<Check, 'buffer'>): void {
  deepStrictEqual([...Arena.attach(buffer).blocks(MESSAGE_BLOCK)], []);
}

/** Too long for a cell. */
const LONG = 'long '.repeat(60);

/** A sender may die at any step: its message was sent or not, and who sends behind it is not held up. */
const senderDies = (message: string | number): ChannelScenario =>
  scenario({
    ...about(2),
    budget: { deaths: 1, timeouts: 0 },
    mortal: [0],
    threads: [
      sendBlocking(message),
      async ({ local, log }) => {
        await local.send(2);
        // Behind the dead one's message, if that was sent.
        for (let value: unknown; value !== 2;) {
          value = await local.receive();
          log(value === message ? 1 : (value as number));
        }
      },
      async (context) => void (await bury(context)),
    ],
    check: (context) => {
      const values = [...received(context), ...left(context).map((value) => (value === message ? 1 : value))].sort();
      ok(context.died[0] === true || values.length === 2);
      deepStrictEqual(
        values.filter((value) => value !== 1),
        [2],
      );
    },
  });
export const senderOfNumberDies: ChannelScenario = senderDies(1);
export const senderOfBlockDies: ChannelScenario = senderDies(LONG);

/** A receiver may die at any step: the message is gone with it or another gets it, and there is room again. */
const receiverDies = (message: string | number): ChannelScenario =>
  scenario({
    ...about(1, message),
    budget: { deaths: 1, timeouts: 0 },
    mortal: [0],
    threads: [
      ({ local, scratch }) => {
        local.receiveSync();
        scratch[0] = 1;
      },
      async (context) => {
        const { local, scratch } = context;
        if (!(await bury(context))) return;
        const message = local.tryReceive();
        ok(message === undefined || scratch[0] === 0);
        nothingLeaked(context);
        ok(local.trySend(2));
        deepStrictEqual(local.tryReceive(), { value: 2 });
      },
    ],
  });
export const receiverOfNumberDies: ChannelScenario = receiverDies(1);
export const receiverOfBlockDies: ChannelScenario = receiverDies(LONG);

/** A thread that waits for a message may die at any step: another gets what comes. */
export const waiterDies: ChannelScenario = scenario({
  ...about(1),
  budget: { deaths: 1, timeouts: 0, together: true },
  mortal: [0],
  threads: [
    async ({ local }) => void (await local.receive({ timeout: 1_000 }).catch(() => undefined)),
    async ({ local, log }) => log((await local.receive({ timeout: 1_000 }).catch(() => 'late')) as number),
    async (context) => {
      context.local.trySend(1);
      await bury(context);
    },
  ],
  check: (context) => {
    // The dead one may have taken it along; but what is still there must not have been waited for in vain.
    if (context.log.some(({ entry }) => entry === 'late')) deepStrictEqual(left(context), []);
  },
});

/** A thread that waits for room may die at any step: another gets the room. */
export const waitingSenderDies: ChannelScenario = scenario({
  ...about(1, 0),
  budget: { deaths: 1, timeouts: 0, together: true },
  mortal: [0],
  threads: [
    async ({ local }) => void (await local.send(1, { timeout: 1_000 }).catch(() => undefined)),
    async ({ local, log }) =>
      log(
        await local.send(2, { timeout: 1_000 }).then(
          () => 'sent',
          () => 'late',
        ),
      ),
    async (context) => {
      strictEqual(context.local.tryReceive()?.value, 0);
      await bury(context);
    },
  ],
  check: (context) => {
    const rest = left(context);
    // Whoever was late found the other's message in the only place.
    deepStrictEqual(rest, context.log[0]?.entry === 'late' ? [1] : [2]);
  },
});

/** Who closes it may die while it does: it is closed and everyone knows, or it is not. */
export const closerDies: ChannelScenario = scenario({
  ...about(1),
  budget: { deaths: 1 },
  mortal: [0],
  threads: [
    ({ local }) => local.close(),
    receiveUntilClosed,
    async (context) => {
      await bury(context);
      if (!context.local.isClosed) context.local.close();
    },
  ],
  check: ({ log }) =>
    deepStrictEqual(
      log.map(({ entry }) => entry),
      ['end'],
    ),
});
