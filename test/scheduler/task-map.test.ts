import { describe, expect, test } from 'vitest';
import { TaskMap } from '../../src/scheduler/task-map.ts';

/** Tasks that are settled by the test. */
class Runs {
  readonly started: unknown[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #settle = new Map<unknown, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();

  readonly run = (item: unknown, signal: AbortSignal): Promise<unknown> => {
    this.started.push(item);
    this.signals.push(signal);
    return new Promise((resolve, reject) => this.#settle.set(item, { resolve, reject }));
  };

  finish(item: unknown, value: unknown = item): void {
    this.#settle.get(item)?.resolve(value);
  }

  fail(item: unknown, error: unknown): void {
    this.#settle.get(item)?.reject(error);
  }
}

interface Options {
  readonly concurrency?: number;
  readonly ordered?: boolean;
  readonly signal?: AbortSignal;
}

function start(
  items: Iterable<unknown> | AsyncIterable<unknown>,
  runs: Runs,
  options: Options = {},
): AsyncGenerator<unknown, void> {
  const { concurrency = 2, ordered = true, signal } = options;
  return new TaskMap(items, runs.run, concurrency, ordered, signal).results();
}

describe('TaskMap', () => {
  test('pulls nothing before its first result is asked for, and then as much as may be out', async () => {
    const runs = new Runs();
    const results = start(['a', 'b', 'c', 'd'], runs);
    expect(runs.started).toEqual([]);
    const first = results.next();
    expect(runs.started).toEqual(['a', 'b']);
    runs.finish('b');
    runs.finish('a');
    expect(await first).toEqual({ value: 'a', done: false });
    expect(runs.started).toEqual(['a', 'b']);
    expect(await results.next()).toEqual({ value: 'b', done: false });
    expect(runs.started).toEqual(['a', 'b', 'c']);
    await results.return();
  });

  test('unordered, yields what is there first', async () => {
    const runs = new Runs();
    const results = start(['a', 'b'], runs, { ordered: false });
    const first = results.next();
    runs.finish('b');
    expect((await first).value).toBe('b');
    runs.finish('a');
    expect((await results.next()).value).toBe('a');
    expect((await results.next()).done).toBe(true);
  });

  test('counts results that were not read against its concurrency', async () => {
    const runs = new Runs();
    const results = start(['a', 'b', 'c', 'd'], runs, { concurrency: 3 });
    const first = results.next();
    for (const item of ['a', 'b', 'c']) runs.finish(item);
    await first;
    expect(runs.started).toEqual(['a', 'b', 'c']);
    await results.return();
  });

  test('in order, yields what comes before an error, and then throws it; no item is pulled meanwhile', async () => {
    const runs = new Runs();
    const results = start(['a', 'b', 'c', 'd'], runs, { concurrency: 2 });
    const first = results.next();
    runs.fail('b', new RangeError('b failed'));
    runs.finish('a');
    expect((await first).value).toBe('a');
    await expect(results.next()).rejects.toThrow('b failed');
    expect(runs.started).toEqual(['a', 'b']);
    expect((await results.next()).done).toBe(true);
  });

  test('unordered, throws an error at once, and cancels what is out', async () => {
    const runs = new Runs();
    const results = start(['a', 'b'], runs, { ordered: false });
    const first = results.next();
    runs.fail('b', new RangeError('b failed'));
    await expect(first).rejects.toThrow('b failed');
    expect(runs.signals.every(({ aborted }) => aborted)).toBe(true);
  });

  test('gives the error of a source its place in the order', async () => {
    const runs = new Runs();
    function* source(): Generator<string> {
      yield 'a';
      throw new RangeError('The source is dry');
    }
    const results = start(source(), runs);
    const first = results.next();
    runs.finish('a');
    expect((await first).value).toBe('a');
    await expect(results.next()).rejects.toThrow('The source is dry');
  });

  test('yields results while its source is silent, and ends with its signal', async () => {
    const runs = new Runs();
    const controller = new AbortController();
    let asked = 0;
    const source: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => (asked++ === 0 ? Promise.resolve({ value: 'a', done: false }) : new Promise(() => {})),
      }),
    };
    const results = start(source, runs, { signal: controller.signal });
    const first = results.next();
    const silent = first.then(() => results.next());
    await Promise.resolve();
    await Promise.resolve();
    runs.finish('a');
    expect((await first).value).toBe('a');
    const reason = new Error('Enough');
    controller.abort(reason);
    await expect(silent).rejects.toBe(reason);
  });

  test('asks an async source for one item at a time', async () => {
    let asking = 0;
    let most = 0;
    let given = 0;
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        async next() {
          most = Math.max(most, ++asking);
          await null;
          asking--;
          return given === 8 ? { value: undefined, done: true } : { value: given++, done: false };
        },
      }),
    };
    const run = (item: unknown): Promise<unknown> => Promise.resolve(item);
    const results: unknown[] = [];
    for await (const result of new TaskMap(source, run, 4, true, undefined).results()) results.push(result);
    expect(results).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(1);
  });

  test('leaves its source when it is left, and tells the tasks that are out', async () => {
    const runs = new Runs();
    let left = 0;
    function* source(): Generator<string> {
      try {
        yield 'a';
        yield 'b';
        yield 'c';
      } finally {
        left++;
      }
    }
    const results = start(source(), runs);
    const first = results.next();
    runs.finish('a');
    await first;
    await results.return();
    expect(left).toBe(1);
    expect(runs.signals[1]?.aborted).toBe(true);
  });

  test('does not leave a source that has ended', async () => {
    const runs = new Runs();
    let left = 0;
    const source: Iterable<string> = {
      [Symbol.iterator]: () => ({
        next: () => ({ value: undefined, done: true }),
        return: () => (left++, { value: undefined, done: true }),
      }),
    };
    expect(await start(source, runs).next()).toEqual({ value: undefined, done: true });
    expect(left).toBe(0);
  });

  test('leaves nothing on its signal', async () => {
    const runs = new Runs();
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
    const results = start(['a'], runs, { signal });
    const first = results.next();
    expect(listeners).toBe(1);
    runs.finish('a');
    await first;
    expect((await results.next()).done).toBe(true);
    expect(listeners).toBe(0);
  });
});
