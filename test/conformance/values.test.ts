/** What goes in and what comes out. */
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import { createPool, type Pool } from 'reveille';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { FEW_THREADS, openPool, RUNTIME, rejection, TASKS, type Tasks } from './_pool.ts';

let pool: Pool<Tasks>;
beforeAll(() => {
  pool = createPool<Tasks>(TASKS, FEW_THREADS);
});
afterAll(() => pool.close());

describe('a task that returns', () => {
  test('answers its caller with what it returned', async () => {
    expect(await pool.run('add', [1, 2])).toBe(3);
  });

  test('may be asynchronous', async () => {
    expect(await pool.run('addOneLater', [1])).toBe(2);
  });

  test('is called by name through pool.tasks too', async () => {
    expect(await pool.tasks.add(20, 22)).toBe(42);
    expect(pool.tasks.add).toBe(pool.tasks.add);
  });

  test('answers with undefined when it returns nothing', async () => {
    expect(await pool.run('nothing', [])).toBeUndefined();
  });

  test('gets as many arguments as its caller gave, also none, or one that is undefined', async () => {
    expect(await pool.run('count', [])).toBe(0);
    expect(await pool.run('count', [undefined])).toBe(1);
    expect(await pool.run('count', [undefined, undefined])).toBe(2);
    expect(await pool.run('count', [[1, 2, 3]])).toBe(1);
    expect(await pool.run('count', [1, 'two', null, {}, [], 6, 7, 8, 9])).toBe(9);
  });

  test('keeps the state of its module from call to call', async () => {
    const first = await pool.run('calledSoFar', []);
    expect(await pool.run('calledSoFar', [])).toBe(first + 1);
  });

  test.each([
    ['a number', 0.1],
    ['minus zero', -0],
    ['NaN', NaN],
    ['infinity', -Infinity],
    ['a bigint', 2n ** 70n],
    ['a text', 'héllo 🦔'],
    ['a lone surrogate', 'a\ud800b'],
    ['a text as long as a book', 'x'.repeat(700_000)],
    ['null', null],
    ['a boolean', true],
    ['an object', { a: 1, b: { c: ['d', undefined] } }],
    ['an array', [1, [2, [3]], 'four']],
    ['a map', new Map<unknown, unknown>([['a', new Map([[1, new Set([2])]])]])],
    ['a set', new Set([1, 'a', new Date(0)])],
    ['a date', new Date(1_700_000_000_000)],
    ['a regular expression', /a(b)+/giu],
    ['bytes', new Uint8Array([1, 2, 255])],
    ['floats', new Float64Array([0.1, -0, Infinity])],
    ['a buffer', new Uint8Array([5, 6]).buffer],
    ['thousands of bytes', new Uint8Array(40_000).fill(3)],
    ['ten thousand objects', Array.from({ length: 10_000 }, (_, i) => ({ i, name: `n${i}` }))],
  ])('takes and gives back %s', async (_what, value) => {
    const answer = await pool.run('echo', [value]);
    expect(answer).toEqual(structuredClone(value));
    if (typeof value === 'number') expect(Object.is(answer, value)).toBe(true);
    expect(await pool.run('describe', [value])).toBe(Object.prototype.toString.call(value));
  });

  test('takes and gives back megabytes', async () => {
    const bytes = new Uint8Array(1_000_000).map((_, i) => i);
    const text = 'y'.repeat(300_000);
    const same = (answer: unknown): boolean => answer instanceof Uint8Array && Buffer.compare(answer, bytes) === 0;
    expect(same(await pool.run('echo', [bytes]))).toBe(true);
    const answer = (await pool.run('echo', [{ bytes, text }])) as { bytes: Uint8Array; text: string };
    expect(same(answer.bytes)).toBe(true);
    expect(answer.text === text).toBe(true);
    expect(same(new Uint8Array((await pool.run('echo', [bytes.buffer])) as ArrayBuffer))).toBe(true);
  });

  test('takes and gives back values that refer to themselves and share parts', async () => {
    const part = { name: 'part' };
    const value: Record<string, unknown> = { left: part, right: part };
    value.self = value;
    const answer = (await pool.run('echo', [value])) as typeof value;
    expect(answer.self).toBe(answer);
    expect(answer.left).toBe(answer.right);
    expect(((await pool.run('returnCycle', [])) as { self: object }).self).toMatchObject({});
  });

  test('takes and gives back errors as values, without rejecting', async () => {
    const answer = (await pool.run('echo', [new TypeError('A value')])) as Error;
    expect(answer).toBeInstanceOf(TypeError);
    expect(answer.message).toBe('A value');
    expect(((await pool.run('returnError', [])) as Error).message).toBe('Only returned');
  });

  test('gets views that share a buffer as views that share a buffer', async () => {
    const buffer = new ArrayBuffer(8);
    const views = { a: new Uint8Array(buffer, 0, 4), b: new Uint8Array(buffer, 2, 4) };
    const answer = (await pool.run('echo', [views])) as typeof views;
    expect(answer.a.buffer).toBe(answer.b.buffer);
    expect(answer.b.byteOffset).toBe(2);
  });
});

describe('arguments', () => {
  test('are cloned at the call: what the caller does to them later has no effect', async () => {
    const object = { value: 1, list: [1] };
    const bytes = new Uint8Array([1, 2, 3]);
    const large = new Uint8Array(1_000_000).fill(1);
    const cyclic: { value: number; self?: object } = { value: 1 };
    cyclic.self = cyclic;
    const answers = [object, bytes, large, cyclic].map((value) => pool.run('echo', [value as unknown]));
    object.value = 2;
    object.list.push(2);
    bytes.fill(9);
    large.fill(9);
    cyclic.value = 2;
    const [first, second, third, fourth] = await Promise.all(answers);
    expect(first).toEqual({ value: 1, list: [1] });
    expect(second).toEqual(new Uint8Array([1, 2, 3]));
    expect((third as Uint8Array)[999_999]).toBe(1);
    expect((fourth as typeof cyclic).value).toBe(1);
  });

  test('are cloned at the call also when thousands of tasks wait before theirs', async () => {
    const { pool } = openPool();
    const ahead = Array.from({ length: 3000 }, (_, i) => pool.run('addOne', [i]));
    const object = { value: 1 };
    const large = new Uint8Array(400_000).fill(1);
    const text = 'z'.repeat(400_000);
    const answers = Promise.all([pool.run('echo', [object]), pool.run('sum', [large]), pool.run('echo', [{ text }])]);
    object.value = 2;
    large.fill(9);
    expect(await answers).toEqual([{ value: 1 }, 400_000, { text }]);
    expect((await Promise.all(ahead)).at(-1)).toBe(3000);
  });

  test('are given back by no task as the objects that they were', async () => {
    const value = { a: 1 };
    expect(await pool.run('echo', [value])).not.toBe(value);
  });

  test('may be shared memory, which stays shared', async () => {
    const words = new Int32Array(new SharedArrayBuffer(4));
    await pool.run('write', [words, 42]);
    expect(words[0]).toBe(42);
    const answer = (await pool.run('echo', [words])) as Int32Array;
    Atomics.store(words, 0, 43);
    expect(answer[0]).toBe(43);
  });

  test('move when their caller says so', async () => {
    const bytes = new Uint8Array(100_000).fill(1);
    const answer = pool.run('sum', [bytes], { transfer: [bytes.buffer] });
    expect(bytes.byteLength).toBe(0);
    expect(await answer).toBe(100_000);
  });

  test('may be message ports, by transfer', async () => {
    const { port1, port2 } = new MessageChannel();
    const message = new Promise((resolve) => port1.once('message', resolve));
    await pool.run('postOn', [port2 as MessagePort, { hello: 'from the thread' }], { transfer: [port2] });
    expect(await message).toEqual({ hello: 'from the thread' });
    port1.close();
  });

  test('that cannot be cloned reject at once, with the error of the platform, and the pool goes on', async () => {
    const calledBefore = await pool.run('calledSoFar', []);
    const error = await rejection(pool.run('echo', [() => 1]));
    expect(error.name).toBe('DataCloneError');
    expect((await rejection(pool.run('echo', [{ deep: [Symbol('s')] } as unknown]))).name).toBe('DataCloneError');
    expect((await rejection(pool.run('echo', [new WeakMap()]))).name).toBe('DataCloneError');
    expect(await pool.run('calledSoFar', [])).toBe(calledBefore + 1);
  });

  test('whose getter throws reject with what it threw, and the pool goes on', async () => {
    const value = {
      get broken(): number {
        throw new RangeError('Broken getter');
      },
    };
    expect(await rejection(pool.run('echo', [value]))).toMatchObject({ name: 'RangeError', message: 'Broken getter' });
    expect(await pool.run('addOne', [1])).toBe(2);
  });

  test('that are transferred twice reject at once, and the pool goes on', async () => {
    const { buffer } = new Uint8Array(10);
    expect((await rejection(pool.run('echo', [buffer], { transfer: [buffer, buffer] }))).name).toBe('DataCloneError');
    expect(await pool.run('addOne', [1])).toBe(2);
  });

  test('that are no array are refused, naming what was given', async () => {
    const error = await rejection(pool.run('add', 5 as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/'add'.*array.*5/);
  });
});

describe('results', () => {
  test('move out of the thread with move()', async () => {
    expect((await pool.run('makeMovedBytes', [100_000])).length).toBe(100_000);
    expect((await pool.run('moveAndKeep', [])).length).toBe(1000);
    expect(await pool.run('keptLength', [])).toBe(0);
  });

  test('move in parts with move(value, [parts])', async () => {
    const { left, right, sum } = await pool.run('movePair', []);
    expect([[...left], [...right], sum]).toEqual([[1, 2], [3], 6]);
  });

  test('that cannot move by themselves are refused by move(), which says what to do', async () => {
    const error = await rejection(pool.run('moveNumber', []));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(/move\(value, \[buffer\]\)/);
  });

  test('of a million bytes arrive whole', async () => {
    const bytes = await pool.run('makeBytes', [1_000_000]);
    expect(bytes.length).toBe(1_000_000);
    expect(bytes[999_999]).toBe(7);
  });

  test('that cannot be cloned reject with the error of the platform, and the pool goes on', async () => {
    expect((await rejection(pool.run('returnFunction', []))).name).toBe('DataCloneError');
    expect((await rejection(pool.run('returnSymbol', []))).name).toBe('DataCloneError');
    expect(await pool.run('addOne', [1])).toBe(2);
  });
});

describe('a task that throws', () => {
  test.each(['refuse', 'refuseLater'] as const)(
    '(%s) rejects with its name, message, code, cause and own properties',
    async (name) => {
      const error = await rejection(pool.run(name, []));
      expect(error).toBeInstanceOf(Error);
      expect(error.name).toBe('Refusal');
      expect(error.message).toBe('Cannot do that');
      expect(error.code).toBe('E_REFUSED');
      expect(error.details).toEqual({ limit: 3, path: ['a', 'b'] });
      const cause = error.cause as Error;
      expect(cause).toBeInstanceOf(TypeError);
      expect(cause.message).toBe('Not a thing');
      expect(cause.cause).toBe('the root');
    },
  );

  test('rejects with the stack of the place where it threw', async () => {
    const error = await rejection(pool.run('refuse', []));
    expect(error.stack).toMatch(/refuse/);
    expect(error.stack).toMatch(/_tasks\.mjs/);
    expect((await rejection(pool.run('throwTypeError', []))).stack).toMatch(/throwTypeError/);
  });

  test('rejects with an instance of the class of a built-in error', async () => {
    expect(await rejection(pool.run('throwTypeError', []))).toBeInstanceOf(TypeError);
  });

  test('rejects with all the errors of an AggregateError', async () => {
    const error = (await rejection(pool.run('throwAggregate', []))) as unknown as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.message).toBe('Two went wrong');
    expect((error.errors[0] as Error).message).toBe('one');
    expect(error.errors[1]).toBe(2);
  });

  test('rejects with a DOMException where it threw one', async () => {
    const error = await rejection(pool.run('throwDomException', []));
    expect(error).toMatchObject({ name: 'InvalidStateError', message: 'Wrong state', code: 11 });
    expect(error).toBeInstanceOf(DOMException);
  });

  test.each([['a text'], [42], [null], [undefined], [{ a: 1 }], [['list']]])(
    'rejects with what was thrown, error or not: %j',
    async (value) => {
      const outcome = await pool.run('throwValue', [value]).then(
        () => 'resolved',
        (reason: unknown) => ({ reason }),
      );
      expect(outcome).toEqual({ reason: value });
    },
  );

  test('rejects also when a property of the error cannot be cloned, and keeps the others', async () => {
    const error = await rejection(pool.run('throwUncloneableProperty', []));
    expect(error).toMatchObject({ message: 'Has a function', kept: 1 });
  });

  test('leaves the pool whole', async () => {
    await rejection(pool.run('refuse', []));
    expect(await pool.run('addOne', [1])).toBe(2);
  });
});

describe('a hundred thousand tasks', () => {
  test('are answered each with its own result', async () => {
    const total = RUNTIME === 'deno' ? 50_000 : 100_000;
    const results = await Promise.all(Array.from({ length: total }, (_, i) => pool.run('addOne', [i])));
    expect(results.every((result, i) => result === i + 1)).toBe(true);
  });
});
