/** Remote objects over shared memory: calls, cancels, streams, the end by either side, and deaths at every step. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import {
  bury,
  channelsMayBeLeft,
  connectionOf,
  followDeath,
  nothingIsLeft,
  type Notice,
  type RpcContext,
  type RpcScenario,
} from '../_rpc.ts';
import { finalizer, proxy, releaseProxy, type Remote, transfer } from 'comlink';
import { PeerGoneError } from '../../../src/errors.ts';
import { expose, type ExposeOptions } from '../../../src/rpc/expose.ts';
import { withCall } from '../../../src/rpc/with-call.ts';
import { wrap } from '../../../src/rpc/wrap.ts';
import { scenario } from '../scenario.ts';

/** What the tests call. */
class Service {
  readonly noted: number[] = [];
  readonly released: Promise<void>;
  /** Once `never` was called. */
  readonly asked: Promise<void>;
  readonly #hasCounted: Promise<void>;
  #release = (): void => {};
  #counted = (): void => {};
  #ask = (): void => {};

  constructor() {
    this.released = new Promise((resolve) => (this.#release = resolve));
    this.asked = new Promise((resolve) => (this.#ask = resolve));
    this.#hasCounted = new Promise((resolve) => (this.#counted = resolve));
  }

  double(n: number): number {
    return 2 * n;
  }

  note(n: number): number[] {
    this.noted.push(n);
    return [...this.noted];
  }

  noteAll(values: number[]): number[] {
    this.noted.push(...values);
    return [...this.noted];
  }

  async ask(callback: Remote<() => number>): Promise<number> {
    const said = await callback();
    callback[releaseProxy]();
    return said + 1;
  }

  never(): Promise<never> {
    this.#ask();
    return new Promise(() => {});
  }

  async whenAborted(signal: AbortSignal): Promise<string> {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return 'aborted';
  }

  async *count(n: number): AsyncGenerator<number> {
    try {
      for (let i = 0; i < n; i++) yield await Promise.resolve(i);
    } finally {
      this.#counted();
    }
  }

  whenCounted(): Promise<void> {
    return this.#hasCounted;
  }

  [finalizer](): void {
    this.#release();
  }
}

/** Until both sides are told, whoever waits waits for the other side's words, not for time. */
const FOREVER = { readyTimeout: Infinity };

/** Offers the service until the other side has released it, or is gone. */
const serving =
  (options?: ExposeOptions) =>
  async ({ local }: RpcContext): Promise<void> => {
    const service = new Service();
    expose(service, local.end, options);
    await service.released;
  };

/** Uses the service, and releases it. */
const calling =
  (use: (service: Remote<Service>, context: RpcContext) => Promise<void>) =>
  async (context: RpcContext): Promise<void> => {
    const service = wrap<Service>(context.local.end, FOREVER);
    await use(service, context);
    service[releaseProxy]();
  };

/** What becomes of a call: its result, or the name of its error. */
const outcome = (call: Promise<unknown>): Promise<string> =>
  call.then(String, (error: unknown) => (error as Error).name);

/** Of a call whose other side may go: what is answered is right. */
function answerOrGone(result: string, answer: string): string {
  ok(result === answer || result === 'PeerGoneError', result);
  return result;
}

/** What is sent after this is another record. */
async function nextRecord(): Promise<void> {
  await Promise.resolve();
  await Promise.resolve();
}

/** Two threads that get along, side 0 being the one that calls. */
const together = (
  use: (service: Remote<Service>, context: RpcContext) => Promise<void>,
  { capacity = 2, budget = {}, options = undefined as ExposeOptions | undefined } = {},
): RpcScenario =>
  scenario({
    ...connectionOf(capacity),
    budget: { timeouts: 0, ...budget },
    threads: [calling(use), serving(options)],
  });

/** A call, made before or after the object is exposed, and the release of all that there was. */
export const oneCall: RpcScenario = together(async (service) => strictEqual(await service.double(2), 4));

/** Two in flight, the second of which may find the other side at any step with the first. */
export const twoRecords: RpcScenario = together(async (service) => {
  const first = service.double(1);
  await nextRecord();
  deepStrictEqual(await Promise.all([first, service.double(2)]), [2, 4]);
});

/** More records than there is room for go in their order, and so do the answers. */
export const onePlace: RpcScenario = together(
  async (service) => {
    const notes: Array<Promise<number[]>> = [];
    for (const n of [1, 2, 3]) {
      notes.push(service.note(n));
      await nextRecord();
    }
    deepStrictEqual(await Promise.all(notes), [[1], [1, 2], [1, 2, 3]]);
  },
  { capacity: 1 },
);

/** What is moved goes through the port, and keeps its place between what goes through the channel. */
export const beside: RpcScenario = together(async (service) => {
  const moved = transfer([2], [new ArrayBuffer(1)]);
  const notes = [service.note(1), service.noteAll(moved), service.note(3)];
  deepStrictEqual(await Promise.all(notes), [[1], [1, 2], [1, 2, 3]]);
});

/** The side that serves calls back. */
export const callback: RpcScenario = together(async (service) => {
  strictEqual(await service.ask(proxy(() => 5) as never), 6);
});

/**
 * A call of an object that is exposed later. It gives up, at whatever step that is, or has its answer; the next one
 * waits anew.
 */
export const earlyCall: RpcScenario = scenario({
  ...connectionOf(2),
  budget: { timeouts: 1 },
  threads: [
    async ({ local, log }) => {
      const service = wrap<Service>(local.end, { readyTimeout: 5 });
      const first = await outcome(service.double(1));
      log(first);
      if (first === '2') strictEqual(await service.double(2), 4);
      else strictEqual(first, 'NotReadyError');
      service[releaseProxy]();
    },
    async (context) => {
      // So that this side listens.
      const other = wrap(context.local.end, FOREVER);
      await new Promise((resolve) => setImmediate(resolve));
      // The other side may have given up, and closed, before it was told that this one wraps something.
      const served = serving()(context).catch((error: unknown) => ok(error instanceof PeerGoneError));
      other[releaseProxy]();
      await served;
    },
  ],
});

/** A call that is cancelled at any step has an answer or not; the next one does. */
export const cancelled: RpcScenario = together(
  async (service, { signal, log }) => {
    log(await outcome(withCall(service, { signal }).double(1)));
    strictEqual(await service.double(2), 4);
  },
  { budget: { cancels: 1 } },
);

/** The same while it waits for its turn behind another one: it may take its turn, but keeps nobody from theirs. */
export const cancelledInQueue: RpcScenario = together(
  async (service, { signal, log }) => {
    const [first, second, third] = [service.double(1), withCall(service, { signal }).double(2), service.double(3)];
    log(await outcome(second));
    deepStrictEqual(await Promise.all([first, third]), [2, 6]);
  },
  { budget: { cancels: 1 }, options: { concurrency: 1 } },
);

/** A signal that is an argument is aborted there too, whenever it is here. */
export const signalTravels: RpcScenario = scenario({
  ...together(
    async (service, { signal }) => {
      strictEqual(await service.whenAborted(signal), 'aborted');
    },
    { budget: { cancels: 1 } },
  ),
  cancelsWhenStuck: true,
});

/** A stream to its end. */
export const stream: RpcScenario = together(async (service) => {
  const items: number[] = [];
  for await (const item of await service.count(2)) items.push(item);
  deepStrictEqual(items, [0, 1]);
});

/** One that is left in the midst ends on the other side as well, whatever was on its way. */
export const streamLeft: RpcScenario = together(async (service) => {
  for await (const item of await service.count(4)) if (item === 1) break;
  await service.whenCounted();
});

/** Both sides close at once, with a call in flight. */
export const bothClose: RpcScenario = scenario({
  ...connectionOf(2),
  budget: { timeouts: 0 },
  threads: [
    async ({ local, log }) => {
      const call = outcome(wrap<Service>(local.end, FOREVER).double(1));
      await nextRecord();
      local.connection.close();
      const result = await call;
      strictEqual(result, 'PeerGoneError');
      log(result);
    },
    async ({ local }) => {
      const service = new Service();
      expose(service, local.end);
      local.connection.close();
      await service.released;
    },
  ],
});

/** The side that serves closes at any step of a call. */
export const servingSideCloses = (turned: boolean): RpcScenario =>
  scenario({
    ...connectionOf(2, turned),
    budget: { timeouts: 0 },
    threads: [
      async ({ local, log }) => {
        const service = wrap<Service>(local.end, FOREVER);
        log(answerOrGone(await outcome(service.double(1)), '2'));
        strictEqual(await outcome(service.never()), 'PeerGoneError');
      },
      async ({ local }) => {
        const service = new Service();
        expose(service, local.end);
        await nextRecord();
        local.connection.close();
        await service.released;
      },
    ],
  });
export const servingSideOneCloses: RpcScenario = servingSideCloses(false);
export const servingSideZeroCloses: RpcScenario = servingSideCloses(true);

/** What the side that closes had room to say before arrives, whatever the other one was doing then. */
export const lastWords: RpcScenario = scenario({
  ...connectionOf(4),
  budget: { timeouts: 0 },
  threads: [
    async ({ local }) => {
      const service = wrap<Service>(local.end, FOREVER);
      const [answered, open] = [outcome(service.double(1)), outcome(service.never())];
      deepStrictEqual([await answered, await open], ['2', 'PeerGoneError']);
    },
    async ({ local }) => {
      const service = new Service();
      expose(service, local.end);
      await service.asked;
      await nextRecord();
      local.connection.close();
      await service.released;
    },
  ],
});

const mortal = (thread: number) => ({ budget: { deaths: 1, timeouts: 0 }, mortal: [thread] });
const undertaker = (notice: Notice) => (notice === 'another thread' ? [bury] : []);

/** The side that serves may die at any step: the call is answered or rejects, and so does each one after that. */
const serverDies = (
  use: (service: Remote<Service>, context: RpcContext) => Promise<void>,
  notice: Notice = 'first the starter',
): RpcScenario =>
  scenario({
    ...connectionOf(2),
    ...mortal(1),
    threads: [
      async (context) => {
        const death = followDeath(context, notice);
        await calling(use)(context);
        await death;
      },
      serving(),
      ...undertaker(notice),
    ],
  });

const callTwice = async (service: Remote<Service>, { log }: RpcContext): Promise<void> => {
  const first = answerOrGone(await outcome(service.double(1)), '2');
  const second = answerOrGone(await outcome(service.double(2)), '4');
  ok(first !== 'PeerGoneError' || second === first);
  log([first, second]);
};

export const servingSideDies: RpcScenario = serverDies(callTwice);
export const servingSideDiesUnnoticed: RpcScenario = serverDies(callTwice, 'first the port');
export const servingSideDiesElsewhere: RpcScenario = serverDies(callTwice, 'another thread');

export const servingSideDiesInStream: RpcScenario = serverDies(async (service, { log }) => {
  const items: number[] = [];
  const read = async (): Promise<string> => {
    for await (const item of await service.count(2)) items.push(item);
    return 'end';
  };
  const end = answerOrGone(await outcome(read()), 'end');
  deepStrictEqual(items, [0, 1].slice(0, items.length));
  ok(end === 'PeerGoneError' || items.length === 2);
  log([end, items.length]);
});

/** The side that calls may die at any step: the other one is told, whatever it was doing. */
const clientDies = (turned: boolean, notice: Notice = 'first the starter'): RpcScenario =>
  scenario({
    ...connectionOf(2, turned),
    ...mortal(0),
    threads: [
      calling(async (service) => {
        await service.double(1);
      }),
      async (context) => {
        const death = followDeath(context, notice);
        await serving()(context);
        await death;
      },
      ...undertaker(notice),
    ],
    check: turned ? nothingIsLeft : channelsMayBeLeft,
  });
export const callingSideOneDies: RpcScenario = clientDies(true);
export const callingSideOneDiesUnnoticed: RpcScenario = clientDies(true, 'first the port');
export const callingSideZeroDies: RpcScenario = clientDies(false);
