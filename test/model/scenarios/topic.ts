/** The topic: subscriptions that block and that drop, late, cancelled and closed upon, and threads that die. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { arenaMemory, bellWords, takePlace } from '../_arena.ts';
import type { Subscription } from '../../../src/channel/subscription.ts';
import { Topic } from '../../../src/channel/topic.ts';
import { formatLog, logBytes } from '../../../src/channel/topic-log.ts';
import type { SubscribeOptions } from '../../../src/channel/topic-options.ts';
import { Arena } from '../../../src/memory/arena.ts';
import type { Handle } from '../../../src/memory/shared-object.ts';
import { forgetThread } from '../../../src/signal/forget-thread.ts';
import { INTEREST, KIND, STATE } from '../../../src/signal/primitive-block.ts';
import { scenario, type Scenario, type ThreadContext, type WordNames } from '../scenario.ts';

interface Local {
  readonly topic: Topic;
  /** Made before anything happens, for the threads that asked for one. */
  readonly subscription: Subscription | undefined;
}
type TopicScenario = Scenario<Handle, Local>;
type Context = ThreadContext<Handle, Local>;

/** A topic of so many messages, and a subscription for each thread that has options here. */
const about = (capacity: number, ...subscriptions: Array<SubscribeOptions | undefined>) => ({
  memory: arenaMemory,

  setup: (buffer: SharedArrayBuffer): Handle => {
    const arena = Arena.attach(buffer);
    const offset = arena.allocate(logBytes(capacity), KIND.topic);
    formatLog(arena, offset, capacity);
    return { buffer, kind: KIND.topic, offset };
  },

  attach: (context: { buffer: SharedArrayBuffer; shared: Handle; thread: number }): Local => {
    takePlace(context);
    const topic = Topic.from({ ...context.shared, buffer: context.buffer });
    const options = subscriptions[context.thread];
    return { topic, subscription: options === undefined ? undefined : topic.subscribe(options) };
  },

  words: (_buffer: SharedArrayBuffer, { offset }: Handle): WordNames => {
    const words = {
      CLOSED: STATE,
      PUBLISHERS: INTEREST,
      TAIL: 16,
      CHANGES: 32,
      HIGH: 33,
      'cell 0': 112,
      'cell 1': 116,
    };
    const names = bellWords();
    for (const [name, word] of Object.entries(words)) names[name] = offset + word * 4;
    return names;
  },
});

const publish =
  (...values: number[]) =>
  async ({ local: { topic } }: Context): Promise<void> => {
    for (const value of values) await topic.publish(value);
  };

const publishAndClose =
  (...values: number[]) =>
  async (context: Context): Promise<void> => {
    await publish(...values)(context);
    context.local.topic.close();
  };

const receive =
  (count: number) =>
  async ({ local: { subscription }, log }: Context): Promise<void> => {
    for (let i = 0; i < count; i++) log((await subscription?.receive()) as number);
  };

const receiveUntilClosed = async ({ local: { subscription }, log }: Context): Promise<void> => {
  if (subscription === undefined) return;
  for await (const value of subscription) log(value as number);
  log(`missed ${subscription.dropped}`);
};

type Log = { readonly log: ReadonlyArray<{ readonly thread: number; readonly entry: unknown }> };

function entriesOf({ log }: Log, thread: number): unknown[] {
  return log.filter((each) => each.thread === thread).map(({ entry }) => entry);
}

/** The publisher waits for the one that must not miss anything. */
export const blocks: TopicScenario = scenario({
  ...about(1, undefined, {}),
  threads: [publish(1, 2), receive(2)],
  check: (context) => deepStrictEqual(entriesOf(context, 1), [1, 2]),
});

/** Two that must not miss anything get the same. */
export const twoSubscribers: TopicScenario = scenario({
  ...about(1, undefined, {}, {}),
  threads: [publish(1, 2), receive(2), receive(2)],
  check: (context) =>
    deepStrictEqual(
      [entriesOf(context, 1), entriesOf(context, 2)],
      [
        [1, 2],
        [1, 2],
      ],
    ),
});

/** Two wait at the end of a topic that a third thread closes: both hear of it, though only one can put the end. */
export const closedForTwo: TopicScenario = scenario({
  ...about(1, undefined, {}, {}),
  threads: [publishAndClose(), receiveUntilClosed, receiveUntilClosed],
  check: (context) => {
    deepStrictEqual(entriesOf(context, 1), ['missed 0']);
    deepStrictEqual(entriesOf(context, 2), ['missed 0']);
  },
});

/** Two publish: everything arrives. */
export const twoPublishers: TopicScenario = scenario({
  ...about(1, undefined, undefined, {}),
  threads: [publish(1), publish(2), receive(2)],
  check: (context) => deepStrictEqual(entriesOf(context, 2).sort(), [1, 2]),
});

/** One that drops reads while it is overwritten: each message is received in order or counted. */
const drops = (options: SubscribeOptions): TopicScenario =>
  scenario({
    ...about(1, undefined, options),
    threads: [publishAndClose(1, 2, 3), receiveUntilClosed],
    check: (context) => {
      const entries = entriesOf(context, 1);
      const values = entries.filter((entry) => typeof entry === 'number');
      deepStrictEqual(values, [...values].sort());
      strictEqual(values.at(-1), 3);
      deepStrictEqual(entries.at(-1), `missed ${3 - values.length}`);
    },
  });
export const dropsOldest: TopicScenario = drops({ overflow: 'dropOldest' });
export const keepsLatest: TopicScenario = drops({ overflow: 'latest' });

/** Subscribing while somebody publishes: no gap, nothing twice, and the latest message before is replayed. */
const subscribesLate = (replay: number): TopicScenario =>
  scenario({
    ...about(1),
    threads: [
      async (context) => {
        await publish(1, 2)(context);
        context.scratch[0] = 1;
        context.local.topic.close();
      },
      async ({ local: { topic }, log, scratch }) => {
        const isOver = scratch[0] === 1;
        const subscription = topic.subscribe({ replay });
        for await (const value of subscription) log(value as number);
        log(isOver ? 'late' : 'in time');
      },
    ],
    check: (context) => {
      const entries = entriesOf(context, 1);
      const values = entries.filter((entry) => typeof entry === 'number');
      deepStrictEqual(values, [1, 2].slice(2 - values.length));
      if (replay === 1) ok(values.includes(2));
    },
  });
export const subscribesLater: TopicScenario = subscribesLate(0);
export const subscribesWithReplay: TopicScenario = subscribesLate(1);

/** Closed by another thread at any moment: what counts as published is received before the end. */
export const closedUpon: TopicScenario = scenario({
  ...about(1, undefined, {}),
  threads: [
    async ({ local: { topic }, scratch }) => {
      for (const value of [1, 2]) {
        await topic.publish(value).then(
          () => (scratch[0] = value),
          () => undefined,
        );
      }
    },
    receiveUntilClosed,
    ({ local: { topic } }) => topic.close(),
  ],
  check: (context) => {
    const published = [1, 2].slice(0, context.scratch[0]);
    deepStrictEqual(entriesOf(context, 1), [...published, 'missed 0']);
  },
});

/** A publish that is cancelled at any step has reached nobody. */
export const publishCancelled: TopicScenario = scenario({
  ...about(1, undefined, {}),
  budget: { cancels: 1 },
  threads: [
    async ({ local: { topic }, scratch, signal }) => {
      for (const value of [1, 2]) {
        await topic.publish(value, { signal }).then(
          () => (scratch[0] = value),
          () => undefined,
        );
      }
      topic.close();
    },
    receiveUntilClosed,
  ],
  check: (context) => {
    const count = context.scratch[0] as number;
    deepStrictEqual(entriesOf(context, 1), [...[1, 2].slice(0, count), 'missed 0']);
  },
});

/** Whoever is in nobody's way any more lets publishers go on. */
export const unsubscribes: TopicScenario = scenario({
  ...about(1, undefined, {}),
  threads: [publish(1, 2, 3), ({ local: { subscription } }) => subscription?.[Symbol.dispose]()],
});

const bury = async ({ buffer, nextDeath }: Context): Promise<boolean> => {
  const dead = await nextDeath();
  if (dead !== undefined) forgetThread(Arena.attach(buffer), dead);
  return dead !== undefined;
};

/** A subscriber may die at any step: publishers do not wait for it. */
export const subscriberDies: TopicScenario = scenario({
  ...about(1, {}),
  budget: { deaths: 1, timeouts: 0, together: true },
  mortal: [0],
  threads: [
    async (context) => {
      await receive(1)(context);
      context.local.subscription?.[Symbol.dispose]();
    },
    publish(1, 2),
    async (context) => {
      await bury(context);
      strictEqual(context.local.topic.subscribers, 0);
    },
  ],
});

/** A publisher may die at any step: those behind it go on, and what they publish is received. */
export const publisherDies: TopicScenario = scenario({
  ...about(2, undefined, {}),
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0],
  threads: [
    ({ local: { topic } }) => void topic.tryPublish(1),
    async ({ local: { subscription }, log }) => {
      for (let value: unknown; value !== 2;) {
        value = await subscription?.receive();
        log(value as number);
      }
    },
    async (context) => {
      context.local.topic.tryPublish(2);
      await bury(context);
    },
  ],
  check: (context) =>
    deepStrictEqual(
      entriesOf(context, 1).filter((value) => value !== 1),
      [2],
    ),
});

/** One may die while it subscribes: nobody waits for it. */
export const dyingSubscribes: TopicScenario = scenario({
  ...about(1),
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0],
  threads: [
    ({ local: { topic } }) => topic.subscribe()[Symbol.dispose](),
    publish(1),
    async (context) => {
      await bury(context);
      strictEqual(context.local.topic.subscribers, 0);
    },
  ],
});
