/** A channel beside a plain model of it, under random commands. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Channel } from '../../src/channel/channel.ts';
import { microtasks, observe, type Observed } from '../signal/_settled.ts';
import '../support/install-runtime.ts';

/** A wait that is under way, and what it is to come to. */
interface Pending<T> {
  readonly real: Observed<T>;
  readonly controller: AbortController;
  readonly value?: number;
}

/** What a channel is: an array, those who wait at either end, and whether it is closed. */
class Model {
  readonly capacity: number;
  readonly messages: number[] = [];
  senders: Array<Pending<void>> = [];
  receivers: Array<Pending<number>> = [];
  /** Waits that are over, with what they must have come to: a value, or the name of an error. */
  readonly over: Array<{ real: Observed<unknown>; expected: unknown }> = [];
  isClosed = false;
  sent = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Lets everyone go who can. */
  settle(): void {
    for (;;) {
      const [receiver] = this.receivers;
      const [sender] = this.senders;
      if (sender !== undefined && (this.isClosed || this.messages.length < this.capacity)) {
        this.senders.shift();
        if (!this.isClosed) this.messages.push(sender.value as number);
        this.over.push({ real: sender.real, expected: this.isClosed ? 'ChannelClosedError' : undefined });
      } else if (receiver !== undefined && (this.isClosed || this.messages.length > 0)) {
        this.receivers.shift();
        const expected = this.messages.length > 0 ? this.messages.shift() : 'ChannelClosedError';
        this.over.push({ real: receiver.real, expected });
      } else return;
    }
  }
}

class Real {
  readonly channel: Channel<number>;
  constructor(capacity: number) {
    this.channel = new Channel<number>({ capacity });
  }
}

type Command = fc.AsyncCommand<Model, Real>;

const step = (name: string, act: (model: Model, real: Real) => void): Command => ({
  check: () => true,
  toString: () => name,
  async run(model, real) {
    act(model, real);
    model.settle();
    await microtasks(5);
    for (const { real: outcome, expected } of model.over.splice(0)) {
      if (typeof expected === 'string') expect((outcome.error as Error).name).toBe(expected);
      else expect(outcome).toMatchObject({ state: 'fulfilled', value: expected });
    }
    for (const { real: outcome } of [...model.senders, ...model.receivers]) expect(outcome.state).toBe('pending');
    expect(real.channel.size).toBe(model.messages.length);
    expect(real.channel.isClosed).toBe(model.isClosed);
    expect(real.channel.isDrained).toBe(model.isClosed && model.messages.length === 0);
  },
});

const send = step('send', (model, { channel }) => {
  const controller = new AbortController();
  const value = model.sent++;
  model.senders.push({ real: observe(channel.send(value, { signal: controller.signal })), controller, value });
});

const receive = step('receive', (model, { channel }) => {
  const controller = new AbortController();
  model.receivers.push({ real: observe(channel.receive({ signal: controller.signal })), controller });
});

const trySend = step('trySend', (model, { channel }) => {
  const value = model.sent++;
  if (model.isClosed) {
    expect(() => channel.trySend(value)).toThrow('closed');
    return;
  }
  const hasRoom = model.senders.length === 0 && model.messages.length < model.capacity;
  expect(channel.trySend(value)).toBe(hasRoom);
  if (hasRoom) model.messages.push(value);
});

const tryReceive = step('tryReceive', (model, { channel }) => {
  const value = model.messages.shift();
  expect(channel.tryReceive()).toEqual(value === undefined ? undefined : { value });
});

const close = step('close', (model, { channel }) => {
  channel.close();
  model.isClosed = true;
});

/** The one that waits at `place` of all that wait gives up. */
const giveUp = (place: number): Command =>
  step(`giveUp(${place})`, (model) => {
    const all = [...model.senders, ...model.receivers];
    const chosen = all[place % Math.max(all.length, 1)];
    if (chosen === undefined) return;
    model.senders = model.senders.filter((each) => each !== chosen);
    model.receivers = model.receivers.filter((each) => each !== chosen);
    model.over.push({ real: chosen.real, expected: 'AbortError' });
    chosen.controller.abort();
  });

test('whatever is done to it, it behaves as a bounded array with people waiting at both ends', async () => {
  const oftenOrNot = [send, send, receive, receive, trySend, tryReceive].map((command) => fc.constant(command));
  const commands = fc.commands([...oftenOrNot, fc.nat(9).map(giveUp)], { size: '+1' });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), commands, fc.boolean(), async (capacity, before, closes) => {
      const real = new Real(capacity);
      try {
        const model = new Model(capacity);
        await fc.asyncModelRun(() => ({ model, real }), before);
        if (closes) for (const command of [close, send, trySend, receive, tryReceive]) await command.run(model, real);
        for (const { controller } of [...model.senders, ...model.receivers]) controller.abort();
      } finally {
        real.channel[Symbol.dispose]();
      }
    }),
    { numRuns: 60 },
  );
});
