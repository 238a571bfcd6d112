import process from 'node:process';
import { describe, expect, test, vi } from 'vitest';
import {
  DeadlineExceededError,
  NotReadyError,
  PeerGoneError,
  QueueFullError,
  RpcRefusedError,
} from '../../src/errors.ts';
import {
  currentCall,
  type Endpoint,
  expose,
  type ExposeOptions,
  finalizer,
  proxy,
  type Remote,
  createEndpoint,
  releaseProxy,
  withCall,
  wrap,
} from '../../src/rpc.ts';
import { linkOver } from '../../src/rpc/endpoint.ts';
import '../support/install-runtime.ts';
import { bytePair } from './_byte-pair.ts';
import { transports } from './_transports.ts';

interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

function gate(): Gate {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}

const outcome = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);

describe.each(transports)('over $name', ({ connect }) => {
  function pair<T>(api: T, options?: ExposeOptions): { remote: Remote<T>; near: Endpoint; far: Endpoint } {
    const [near, far] = connect();
    expose(api, far, options);
    return { remote: wrap<T>(near), near, far };
  }

  describe('readiness', () => {
    test('calls made before the other side exposes wait for it, in their order', async () => {
      const [near, far] = connect();
      const seen: number[] = [];
      const remote = wrap<{ note(n: number): void }>(near);
      const calls = [1, 2, 3].map((n) => remote.note(n));
      // The other side has heard of it before.
      wrap(far);
      await Promise.resolve();
      expose({ note: (n: number) => void seen.push(n) }, far);
      await Promise.all(calls);
      expect(seen).toEqual([1, 2, 3]);
      remote[releaseProxy]();
    });

    test('a call gives up once the other side has exposed nothing for as long as was said, for that wrap', async () => {
      const [near, far] = connect();
      wrap(far);
      const patient = wrap<() => number>(near);
      const early = patient();
      const remote = wrap<() => number>(near, { readyTimeout: 1 });
      await expect(remote()).rejects.toThrow(NotReadyError);
      expose(() => 5, far);
      expect(await early).toBe(5);
      // The news has come: from here on nothing waits for it.
      expect(await remote()).toBe(5);
      patient[releaseProxy]();
      remote[releaseProxy]();
    });

    test('what was released has to be exposed anew, while the connection serves others', async () => {
      const [near, far] = connect();
      const child = { name: 'child' };
      expose({ child: () => proxy(child) }, far);
      const first = wrap<{ child(): typeof child }>(near);
      const other = (await first.child()) as unknown as Remote<typeof child>;
      first[releaseProxy]();
      const hasty = wrap<() => number>(near, { readyTimeout: 1 });
      await expect(hasty()).rejects.toThrow(NotReadyError);
      const patient = wrap<() => number>(near);
      const call = patient();
      expect(await other.name).toBe('child');
      expose(() => 5, far);
      expect(await call).toBe(5);
      for (const each of [hasty, patient, other]) each[releaseProxy]();
    });
  });

  test('a callback that nobody waits for ends no process: not when it throws, not when its side is gone', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const told: Array<(n: number, more?: object) => unknown> = [];
    const { remote, near } = pair({ subscribe: (callback: (n: number) => unknown) => void told.push(callback) });
    const thrown = gate();
    const fail = (): never => {
      thrown.open();
      throw new RangeError('thrown from afar');
    };
    await remote.subscribe(proxy(fail) as never);
    const tell = told[0] as (n: number, more?: object) => Promise<unknown>;
    tell(1);
    await thrown.passed;
    await expect(tell(2)).rejects.toThrow('thrown from afar');
    linkOver(near).connection.close();
    tell(3, {});
    await expect(tell(4)).rejects.toThrow(PeerGoneError);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('a remote object that is taken for a text or a number says so, and calls nothing', async () => {
    const { remote } = pair({ add: (a: number, b: number) => a + b });
    const given = proxy({
      valueOf: () => expect.unreachable('called from afar'),
      toString: () => expect.unreachable('called from afar'),
    });
    await expect(remote.add(given as never, 1)).rejects.toThrow(/Cannot convert a remote object/);
    expect(() => `${remote as never}`).toThrow(TypeError);
    // Nor is a member of one, at any depth: who expects plain data may be given this.
    expect(() => Number(remote.add)).toThrow(/Cannot convert a remote object/);
    expect(() => Number((remote.add as unknown as { deep: { down: unknown } }).deep.down)).toThrow(TypeError);
    expect(await remote.add(1, 2)).toBe(3);
    remote[releaseProxy]();
  });

  describe('limits of a call', () => {
    test('one that takes too long rejects, and the other side sees that', async () => {
      const told = gate();
      const { remote } = pair({
        slow: () => currentCall()?.signal.addEventListener('abort', told.open) ?? told.passed.then(() => 1),
        wait: () => new Promise(() => currentCall()?.signal.addEventListener('abort', told.open)),
      });
      await expect(withCall(remote, { timeout: 1 }).wait()).rejects.toThrow(DeadlineExceededError);
      await told.passed;
      remote[releaseProxy]();
    });

    test("one that is aborted rejects with the signal's reason, which the other side sees", async () => {
      let seen: (reason: unknown) => void = () => {};
      const reason = new Promise<unknown>((resolve) => (seen = resolve));
      const began = gate();
      const { remote } = pair({
        wait: () =>
          new Promise(() => {
            const { signal } = currentCall()!;
            signal.addEventListener('abort', () => seen(signal.reason));
            began.open();
          }),
      });
      const controller = new AbortController();
      const call = withCall(remote, { signal: controller.signal }).wait();
      await began.passed;
      const why = new RangeError('not any more');
      controller.abort(why);
      expect(await outcome(call)).toBe(why);
      expect(await reason).toMatchObject({ name: 'RangeError', message: 'not any more' });
      remote[releaseProxy]();
    });

    test('one whose signal is aborted before is not made', async () => {
      const called = vi.fn();
      const { remote } = pair({ called, other: () => 1 });
      await expect(withCall(remote, { signal: AbortSignal.abort('no') }).called()).rejects.toBe('no');
      expect(await remote.other()).toBe(1);
      expect(called).not.toHaveBeenCalled();
      remote[releaseProxy]();
    });

    test('one that is answered in time leaves no listener behind, and nobody else is limited', async () => {
      const { signal } = new AbortController();
      const removed = vi.spyOn(signal, 'removeEventListener');
      const { remote } = pair({ quick: () => currentCall()?.signal.aborted, free: () => currentCall() === undefined });
      expect(await withCall(remote, { signal, timeout: 60_000 }).quick()).toBe(false);
      expect(removed).toHaveBeenCalled();
      expect(await remote.free()).toBe(true);
      remote[releaseProxy]();
    });

    test('what is not a remote object, and what are no limits, is refused', () => {
      const { remote } = pair({ f: () => 1 });
      expect(() => withCall(remote.f, { timeout: 5 })).toThrow(/a member of one/);
      expect(() => withCall({}, { timeout: 5 })).toThrow(TypeError);
      expect(() => withCall(remote, { timeout: -1 })).toThrow(/'timeout'/);
      remote[releaseProxy]();
    });
  });

  describe('signals', () => {
    test('a signal that is an argument is aborted there when it is here', async () => {
      const began = gate();
      const { remote } = pair({
        wait: (signal: AbortSignal) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve(signal.reason));
            began.open();
          }),
      });
      const controller = new AbortController();
      const call = remote.wait(controller.signal);
      await began.passed;
      controller.abort(new TypeError('stop'));
      expect(await call).toMatchObject({ message: 'stop' });
      remote[releaseProxy]();
    });

    test('one that is aborted already arrives so', async () => {
      const { remote } = pair({ look: (signal: AbortSignal) => [signal.aborted, signal.reason as unknown] });
      expect(await remote.look(AbortSignal.abort('early'))).toEqual([true, 'early']);
      remote[releaseProxy]();
    });

    test('nobody listens to it any more once the call is over', async () => {
      const { remote } = pair({ look: (signal: AbortSignal) => signal.aborted });
      const { signal } = new AbortController();
      const added = vi.spyOn(signal, 'addEventListener');
      const removed = vi.spyOn(signal, 'removeEventListener');
      await remote.look(signal);
      expect(removed.mock.calls.length).toBe(added.mock.calls.length);
      expect(added).toHaveBeenCalled();
      remote[releaseProxy]();
    });
  });

  describe('streams', () => {
    async function read<T>(stream: AsyncIterable<T>): Promise<T[]> {
      const items: T[] = [];
      for await (const item of stream) items.push(item);
      return items;
    }

    test('what a generator yields comes in order, its return value too', async () => {
      const { remote } = pair({
        async *numbers(n: number) {
          for (let i = 0; i < n; i++) yield i;
          return 'done';
        },
        *inStep() {
          yield 'a';
          yield 'b';
        },
      });
      expect(await read(await remote.numbers(100))).toEqual([...Array(100).keys()]);
      expect(await read((await remote.inStep()) as unknown as AsyncIterable<string>)).toEqual(['a', 'b']);
      const empty = await remote.numbers(0);
      expect(await empty.next()).toEqual({ done: true, value: 'done' });
      expect(await empty.next()).toEqual({ done: true, value: undefined });
      remote[releaseProxy]();
    });

    test('an async iterable that is an argument is read from the other side', async () => {
      const { remote } = pair({
        sum: async (numbers: AsyncIterable<number>) => (await read(numbers)).reduce((a, b) => a + b, 0),
      });
      async function* numbers(): AsyncGenerator<number> {
        for (let i = 1; i <= 50; i++) yield await Promise.resolve(i);
      }
      expect(await remote.sum(numbers())).toBe(1275);
      remote[releaseProxy]();
    });

    test('no more is made than is asked for and a little ahead', async () => {
      let made = 0;
      const { remote } = pair({
        async *endless() {
          for (;;) yield await Promise.resolve(made++);
        },
        made: () => made,
      });
      const stream = (await remote.endless()) as AsyncGenerator<number, void>;
      for (let i = 0; i < 40; i++) await stream.next();
      expect(await remote.made()).toBeLessThan(40 + 32 + 2);
      await stream.return();
      remote[releaseProxy]();
    });

    test('who leaves the loop ends it there as well', async () => {
      const ended = gate();
      const { remote } = pair({
        async *endless() {
          try {
            for (let i = 0; ; i++) yield await Promise.resolve(i);
          } finally {
            ended.open();
          }
        },
      });
      for await (const i of await remote.endless()) if (i === 3) break;
      await ended.passed;
      remote[releaseProxy]();
    });

    test('an error in the midst comes after what was before it, as itself', async () => {
      const { remote } = pair({
        async *failing() {
          yield await Promise.resolve(1);
          throw new RangeError('enough');
        },
      });
      const stream = await remote.failing();
      expect(await stream.next()).toEqual({ done: false, value: 1 });
      await expect(stream.next()).rejects.toThrow(RangeError);
      expect((await stream.next()).done).toBe(true);
      remote[releaseProxy]();
    });

    test('an item that cannot be sent ends it with an error on both sides', async () => {
      const ended = gate();
      const { remote } = pair({
        async *functions() {
          try {
            yield await Promise.resolve(() => 1);
          } finally {
            ended.open();
          }
        },
      });
      await expect((await remote.functions()).next()).rejects.toMatchObject({ name: 'DataCloneError' });
      await ended.passed;
      remote[releaseProxy]();
    });
  });

  describe('how many, and in which order', () => {
    test('no more calls than the limit are carried out at once, the others in the order of their coming', async () => {
      const gates = [gate(), gate(), gate(), gate()];
      const begun: number[] = [];
      const { remote } = pair(
        { run: (n: number) => (begun.push(n), gates[n]?.passed), begun: () => begun },
        { concurrency: 2 },
      );
      const calls = [0, 1, 2, 3].map((n) => remote.run(n));
      gates[1]?.open();
      await calls[1];
      gates[0]?.open();
      await calls[0];
      expect(begun.slice(0, 2)).toEqual([0, 1]);
      gates[2]?.open();
      gates[3]?.open();
      await Promise.all(calls);
      expect(begun).toEqual([0, 1, 2, 3]);
      remote[releaseProxy]();
    });

    test('a call more than may wait is rejected', async () => {
      const held = gate();
      const { remote } = pair({ hold: () => held.passed }, { concurrency: 1, queueLimit: 2 });
      const calls = [remote.hold(), remote.hold(), remote.hold()];
      await expect(remote.hold()).rejects.toThrow(QueueFullError);
      held.open();
      await Promise.all(calls);
      remote[releaseProxy]();
    });

    test('one that is cancelled while it waits is not carried out', async () => {
      const ran = vi.fn();
      const wait = (signal: AbortSignal): Promise<void> =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      const { remote } = pair({ wait, ran, quick: () => 1 }, { concurrency: 1 });
      const controller = new AbortController();
      const first = remote.wait(controller.signal);
      await expect(withCall(remote, { timeout: 1 }).ran()).rejects.toThrow(DeadlineExceededError);
      // It comes after the cancel.
      controller.abort();
      await first;
      await remote.quick();
      expect(ran).not.toHaveBeenCalled();
      remote[releaseProxy]();
    });

    test('an ordered object does one thing after the other, and another object does not wait for it', async () => {
      const held = gate();
      const log: string[] = [];
      const part = (name: string): object => ({
        slow: () => held.passed.then(() => log.push(`${name} slow`)),
        quick: () => log.push(`${name} quick`),
      });
      type Part = { slow(): Promise<number>; quick(): number };
      const { remote } = pair({ part: (name: string) => proxy(part(name)) }, { ordered: true });
      const a = (await remote.part('a')) as unknown as Remote<Part>;
      const b = (await remote.part('b')) as unknown as Remote<Part>;
      const slow = a.slow();
      const quick = a.quick();
      await b.quick();
      expect(log).toEqual(['b quick']);
      held.open();
      await Promise.all([slow, quick]);
      expect(log).toEqual(['b quick', 'a slow', 'a quick']);
      remote[releaseProxy]();
    });

    test('what a list of names leaves out is not reached, by no other way to the object either', async () => {
      const { remote } = pair({ open: () => 1, secret: () => 2 }, { allow: ['open'] });
      expect(await remote.open()).toBe(1);
      await expect(remote.secret()).rejects.toThrow(RpcRefusedError);
      const again = wrap<{ open(): number; secret(): number }>((await remote[createEndpoint]()) as never);
      expect(await again.open()).toBe(1);
      await expect(again.secret()).rejects.toThrow(RpcRefusedError);
      again[releaseProxy]();
      remote[releaseProxy]();
    });

    test('what is not allowed is not reached', async () => {
      const secret = vi.fn();
      const { remote } = pair({ open: () => 1, secret, deep: { secret } }, { allow: (path) => path[0] === 'open' });
      expect(await remote.open()).toBe(1);
      await expect(remote.secret()).rejects.toThrow("Cannot reach 'secret'");
      await expect((remote as unknown as { deep: { secret(): Promise<void> } }).deep.secret()).rejects.toThrow(
        RpcRefusedError,
      );
      expect(secret).not.toHaveBeenCalled();
      remote[releaseProxy]();
    });
  });

  describe('the end', () => {
    test('releasing rejects what is in flight, and the other side is told', async () => {
      const [began, aborted, finalized] = [gate(), gate(), gate()];
      const { remote } = pair({
        wait: (signal: AbortSignal) => {
          signal.addEventListener('abort', aborted.open);
          began.open();
          return new Promise(() => {});
        },
        [finalizer]: finalized.open,
      });
      const limited = withCall(remote, { timeout: 60_000 });
      const { signal } = new AbortController();
      const calls = [remote.wait(signal), limited.wait(signal)].map(outcome);
      await began.passed;
      remote[releaseProxy]();
      for (const call of [...calls, outcome(limited.wait(signal))]) expect(await call).toBeInstanceOf(PeerGoneError);
      await finalized.passed;
      await aborted.passed;
    });

    test('a stream in the midst fails on one side and is ended on the other', async () => {
      const ended = gate();
      const { remote } = pair({
        async *endless() {
          try {
            for (;;) yield await Promise.resolve(1);
          } finally {
            ended.open();
          }
        },
      });
      const stream = await remote.endless();
      await stream.next();
      remote[releaseProxy]();
      const rest = (async () => {
        for await (const _ of stream);
      })();
      await expect(rest).rejects.toThrow(PeerGoneError);
      await ended.passed;
    });

    test('several remote objects of one endpoint: releasing one leaves the others', async () => {
      const { remote, near } = pair({ f: () => 1 });
      const other = wrap<{ f(): number }>(near);
      remote[releaseProxy]();
      expect(await other.f()).toBe(1);
      other[releaseProxy]();
    });
  });
});

describe('a side that cannot be trusted', () => {
  const garbage: unknown[] = [
    5,
    null,
    {},
    [],
    ['x'],
    [99, 1],
    [2],
    [2, 1, 0, 'STEAL', [], []],
    [2, 1, 0, 'GET', 'path', []],
    [2, 1, 0, 'GET', [Symbol.iterator.toString(), 5], []],
    [2, -1, 0, 'GET', [], []],
    [7, 'x'],
    [7, 1, -5],
    [8],
  ];

  test.each(garbage.map((frame) => [frame]))('%j is cut off with a reason', async (frame) => {
    const [near, far] = bytePair();
    expose({ f: () => 1 }, far);
    const remote = wrap<{ f(): Promise<number> }>(near);
    const call = outcome(remote.f());
    far.receive(frame);
    expect(far.isClosed).toBe(true);
    const error = (await call) as PeerGoneError;
    expect(error).toBeInstanceOf(PeerGoneError);
    expect(error.message).toMatch(/no part of the protocol/);
  });

  test('values of unknown kinds, and of transfer handlers that are not there, fail that call only', async () => {
    const [near, far] = bytePair();
    expose((value: unknown) => value, far);
    const remote = wrap<(value: number) => number>(near);
    expect(await remote(1)).toBe(1);
    for (const special of [
      [0, 99, 1],
      [0, 1, ['nobody', 1]],
      [0, 1, ['proxy', {}]],
      [0, 1, ['throw', {}]],
      [0, 4, 5],
    ]) {
      far.receive([2, 1_000, 0, 'APPLY', [], [0], [special]]);
      expect((far.sent.at(-1) as unknown[]).slice(0, 3)).toEqual([3, 1_000, 2]);
    }
    expect(await remote(2)).toBe(2);
  });

  test('an answer that cannot be read fails that call only', async () => {
    const [near, far] = bytePair();
    const held = gate();
    expose({ hold: () => held.passed, f: () => 1 }, far);
    const remote = wrap<{ hold(): void; f(): number }>(near);
    const call = remote.hold();
    near.receive([3, 1, 1, ['no such handler', 5]]);
    await expect(call).rejects.toThrow(/no transfer handler/);
    expect(await remote.f()).toBe(1);
    held.open();
    remote[releaseProxy]();
  });

  test('a call of an object that was released or never sent is answered', async () => {
    const [near, far] = bytePair();
    expose({ child: () => proxy({}) }, far);
    far.receive([2, 100, 77, 'GET', ['x'], []]);
    expect((far.sent.at(-1) as unknown[]).slice(0, 3)).toEqual([3, 100, 2]);
    // Something else keeps the connection open.
    await wrap<{ child(): unknown }>(near).child();
    far.receive([6, 0]);
    far.receive([2, 101, 0, 'APPLY', ['child'], []]);
    expect((far.sent.at(-1) as unknown[]).slice(0, 3)).toEqual([3, 101, 2]);
    far.close();
  });

  test('an event loop is kept alive by calls and by what is exposed only', async () => {
    const [near, far] = bytePair();
    const held = gate();
    const remote = wrap<() => void>(near);
    expect(near.isRef).toBe(false);
    expose(() => held.passed, far);
    const call = remote();
    expect([near.isRef, far.isRef]).toEqual([true, true]);
    held.open();
    await call;
    expect([near.isRef, far.isRef]).toEqual([false, true]);
    remote[releaseProxy]();
  });
});

test('options that are wrong are refused at once', () => {
  const { port1 } = new MessageChannel();
  expect(() => expose({}, port1, { concurrency: 0 })).toThrow(/'concurrency'/);
  expect(() => expose({}, port1, { queueLimit: 0.5 })).toThrow(/'queueLimit'/);
  expect(() => expose({}, port1, { ordered: 1 as never })).toThrow(/'ordered'/);
  expect(() => expose({}, port1, { allow: 1 as never })).toThrow(/'allow'/);
  expect(() => wrap(port1, { readyTimeout: -1 })).toThrow(/'readyTimeout'/);
  port1.close();
});
