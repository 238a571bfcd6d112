import { afterEach, describe, expect, test } from 'vitest';
import {
  createEndpoint,
  type Endpoint,
  expose,
  finalizer,
  proxy,
  proxyMarker,
  type Remote,
  releaseProxy,
  transfer,
  transferHandlers,
  wrap,
} from '../../src/rpc.ts';
import '../support/install-runtime.ts';
import { transports } from './_transports.ts';

class Counter {
  static readonly START = 3;
  static twice(n: number): number {
    return 2 * n;
  }

  count: number;

  constructor(count = Counter.START) {
    this.count = count;
  }

  get next(): number {
    return this.count + 1;
  }

  set next(value: number) {
    this.count = value - 1;
  }

  add(n = 1): void {
    this.count += n;
  }

  self(): this {
    return proxy(this);
  }
}

const open: Array<() => void> = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

describe.each(transports)('over $name', ({ connect, carries }) => {
  function remoteOf<T>(api: T): Remote<T> {
    const [near, far] = connect();
    expose(api, far);
    return wrapped<T>(near);
  }

  function wrapped<T>(endpoint: Endpoint): Remote<T> {
    const remote = wrap<T>(endpoint);
    open.push(remote[releaseProxy]);
    return remote;
  }

  test('functions and methods are called with copies, and what they return is a copy', async () => {
    const list = [1, 2];
    const remote = remoteOf({ push: (to: number[], n: number) => (to.push(n), to), deep: { f: () => 'deep' } });
    expect(await remote.push(list, 3)).toEqual([1, 2, 3]);
    expect(list).toEqual([1, 2]);
    expect(await (remote.deep as unknown as Remote<{ f(): string }>).f()).toBe('deep');
    const add = remoteOf((a: number, b: number) => a + b);
    expect(await add(2, 3)).toBe(5);
    expect(await add.bind(undefined)(4, 5)).toBe(9);
  });

  test('every value that can be copied comes as it is', async () => {
    const same = remoteOf((value: unknown) => value);
    // MessagePack has a 0 for whole numbers only, and that has no sign.
    for (const value of [
      undefined,
      null,
      0,
      carries === 'values' ? -0 : 1,
      NaN,
      '',
      7n,
      [undefined, , 1],
      new Date(5),
      /x/g,
      { a: { b: [] } },
    ]) {
      expect(await same(value)).toEqual(value);
    }
    expect(await same(new Map([[1, new Set(['a'])]]))).toEqual(new Map([[1, new Set(['a'])]]));
    expect([...((await same(new Uint16Array([1, 2]))) as Uint16Array)]).toEqual([1, 2]);
  });

  test('properties are read and set, accessors included', async () => {
    const counter = new Counter();
    const remote = remoteOf(counter);
    expect(await remote.count).toBe(3);
    expect(await remote.next).toBe(4);
    (remote as unknown as { next: unknown }).next = 10;
    expect(await remote.count).toBe(9);
    expect(counter.count).toBe(9);
  });

  test('classes are constructed there, and their objects stay there', async () => {
    const remote = remoteOf(Counter);
    expect(await remote.START).toBe(3);
    expect(await remote.twice(4)).toBe(8);
    const counter = await new remote(40);
    await counter.add();
    await counter.add(1);
    expect(await counter.count).toBe(42);
    const same = (await counter.self()) as unknown as typeof counter;
    await same.add(8);
    expect(await counter.count).toBe(50);
  });

  test('callbacks and marked objects are used from the other side, both ways', async () => {
    const local = { seen: [] as number[], [proxyMarker]: true as const };
    const remote = remoteOf({
      async each(n: number, callback: (i: number) => unknown, to: { seen: unknown }) {
        const results = [];
        for (let i = 0; i < n; i++) results.push(await callback(i));
        return [results, await to.seen];
      },
      counter: () => proxy(new Counter(1)),
    });
    const callback = proxy((i: number) => (local.seen.push(i), i * i));
    expect(await remote.each(4, callback as never, local as never)).toEqual([
      [0, 1, 4, 9],
      [0, 1, 2, 3],
    ]);
    const counter = (await remote.counter()) as unknown as Remote<Counter>;
    expect(await counter.next).toBe(2);
  });

  test('a property that is set just before the end of the connection rejects for nobody', async () => {
    const remote = remoteOf({ value: 1 });
    (remote as unknown as { value: number }).value = 2;
    const read = remote.value;
    open.pop()?.();
    await expect(read).rejects.toThrow(/released/);
  });

  test('a buffer that is transferred is gone here and there', async () => {
    const remote = remoteOf((bytes: ArrayBuffer) => transfer(bytes, [bytes]));
    const { buffer } = new Uint8Array([1, 2, 3]);
    const back = (await remote(transfer(buffer, [buffer]))) as ArrayBuffer;
    expect(buffer.byteLength).toBe(0);
    expect([...new Uint8Array(back)]).toEqual([1, 2, 3]);
  });

  test('a port travels where ports can', async () => {
    const remote = remoteOf((port: MessagePort) => port.postMessage('through'));
    const { port1, port2 } = new MessageChannel();
    const heard = new Promise((resolve) =>
      port1.addEventListener('message', (event) => resolve((event as MessageEvent).data)),
    );
    port1.start();
    const call = remote(transfer(port2 as never, [port2 as never]));
    if (carries === 'values') {
      await call;
      expect(await heard).toBe('through');
    } else {
      await expect(call).rejects.toMatchObject({ name: 'DataCloneError' });
    }
    port1.close();
  });

  test('createEndpoint is another way to the same object, which one can be released without the other', async () => {
    const remote = remoteOf(new Counter(1));
    const other = wrapped<Counter>((await remote[createEndpoint]()) as unknown as Endpoint);
    await other.add(5);
    expect(await remote.count).toBe(6);
    other[releaseProxy]();
    expect(await remote.count).toBe(6);
  });

  test('what is released is used no more, and its finalizer is called', async () => {
    const [near, far] = connect();
    const finalized = new Promise<string>((resolve) => {
      expose({ name: 'x', [finalizer]: () => resolve('finalized') }, far);
    });
    const remote = wrap<{ name: string }>(near);
    expect(await remote.name).toBe('x');
    remote[releaseProxy]();
    expect(() => remote.name).toThrow(/released/);
    expect(await finalized).toBe('finalized');
  });

  test('an object that came from the other side is released by itself', async () => {
    let finalized = (): void => {};
    const isFinalized = new Promise<void>((resolve) => (finalized = resolve));
    const remote = remoteOf({ make: () => proxy({ n: 1, [finalizer]: finalized }), still: () => 'here' });
    const made = (await remote.make()) as unknown as Remote<{ n: number }>;
    made[releaseProxy]();
    await isFinalized;
    expect(await remote.still()).toBe('here');
  });

  test('transfer handlers of the user are asked', async () => {
    class Money {
      cents: number;
      constructor(cents: number) {
        this.cents = cents;
      }
    }
    transferHandlers.set('money', {
      canHandle: (value: unknown): value is Money => value instanceof Money,
      serialize: (money: Money) => [money.cents, []],
      deserialize: (cents: number) => new Money(cents),
    } as never);
    try {
      const remote = remoteOf((money: Money) => new Money(money.cents * 2));
      const money = await remote(new Money(21));
      expect(money).toBeInstanceOf(Money);
      expect(money.cents).toBe(42);
    } finally {
      transferHandlers.delete('money');
    }
  });

  test('errors come with class, code, cause, members and the stacks of both sides', async () => {
    const remote = remoteOf({
      fail(): number {
        const cause = new TypeError('the cause');
        throw Object.assign(new RangeError('out of range', { cause }), { code: 'E_RANGE', limit: 5 });
      },
      async later(): Promise<number> {
        await Promise.resolve();
        throw new AggregateError([new Error('a'), 'b'], 'several');
      },
    });
    const error = (await remote.fail().catch((thrown: unknown) => thrown)) as RangeError & { callStack: string };
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: 'out of range', code: 'E_RANGE', limit: 5 });
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.stack).toContain('fail');
    expect(error.callStack).toContain('conformance.test');
    const several = (await remote.later().catch((thrown: unknown) => thrown)) as AggregateError;
    expect(several).toBeInstanceOf(AggregateError);
    expect(several.errors).toMatchObject([{ message: 'a' }, 'b']);
  });

  test.each([null, 'oops', { test: true }, 0, undefined])('%j is thrown as it is', async (thrown) => {
    const remote = remoteOf(() => {
      throw thrown;
    });
    const caught = await Promise.resolve(remote()).then(
      () => 'nothing was thrown',
      (error: unknown) => ({ error }),
    );
    expect(caught).toEqual({ error: thrown });
  });

  test('what is not there, and what cannot be copied, is an error of that call only', async () => {
    const remote = remoteOf({ function: () => () => 1, ok: () => 1 });
    await expect((remote as unknown as { none(): Promise<unknown> }).none()).rejects.toThrow(TypeError);
    await expect(remote.function()).rejects.toThrow('Unserializable return value');
    await expect((remote as unknown as { ok(f: unknown): Promise<unknown> }).ok(() => 1)).rejects.toMatchObject({
      name: 'DataCloneError',
    });
    expect(await remote.ok()).toBe(1);
  });

  test('both sides expose and wrap over the same endpoint', async () => {
    const [near, far] = connect();
    expose({ who: () => 'near' }, near);
    expose({ who: () => 'far' }, far);
    const there = wrapped<{ who(): string }>(near);
    const back = wrapped<{ who(): string }>(far);
    expect(await Promise.all([there.who(), back.who()])).toEqual(['far', 'near']);
  });

  test('an endpoint exposes one object', () => {
    const [near, far] = connect();
    expose({}, far);
    expect(() => expose({}, far)).toThrow('exposes one already');
    wrapped(near);
  });
});

test('what is no endpoint is refused', () => {
  expect(() => wrap({} as never)).toThrow(/Expected the endpoint to be .*, got object/);
  expect(() => expose({}, 5 as never)).toThrow(TypeError);
  expect(() => expose(5, new MessageChannel().port1)).toThrow(/what is exposed/);
});
