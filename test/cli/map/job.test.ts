import { Readable, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { EnginePool } from '../../../src/cli/io.ts';
import { FailureLog } from '../../../src/cli/map/failure-log.ts';
import { formatNamed } from '../../../src/cli/map/format.ts';
import { Gate } from '../../../src/cli/map/gate.ts';
import { type JobPlan, MapJob } from '../../../src/cli/map/job.ts';
import { Ledger } from '../../../src/cli/map/ledger.ts';
import { LineSource } from '../../../src/cli/map/line-source.ts';
import { LineSplitter } from '../../../src/cli/map/line-splitter.ts';
import { ordered, unordered } from '../../../src/cli/map/results.ts';
import { Sink } from '../../../src/cli/map/sink.ts';
import { PoolClosedError } from '../../../src/errors.ts';
import { testRuntime } from '../../support/install-runtime.ts';

type Task = (item: unknown) => unknown;

/** A pool without threads, that calls `task` in a later microtask. */
function poolOf(task: Task): EnginePool {
  return {
    tasks: {},
    ready: async () => {},
    addEventListener: () => {},
    stats: () => ({ running: 0, queued: 0 }),
    run: async (_name, [item]) => task(item),
    close: async () => {},
    destroy: async () => {},
  };
}

interface SetUp {
  readonly input: Iterable<string>;
  readonly task: Task;
  readonly plan?: Partial<JobPlan>;
  readonly isOrdered?: boolean;
  readonly output?: Writable;
}

function setUp({ input, task, plan, isOrdered = false, output }: SetUp) {
  const lines: string[] = [];
  const kept = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      lines.push(...text.trimEnd().split('\n'));
      done();
    },
  });
  const gate = new Gate();
  const ledger = new Ledger(0);
  const settle = (settled: readonly number[]): void => settled.forEach((line) => ledger.settled(line));
  const events = { onWritten: settle, onRoom: () => gate.ring(), onError: () => {} };
  const sink = new Sink(output ?? kept, testRuntime, events);
  const shown: string[] = [];
  const failures = new FailureLog({ show: (text) => shown.push(text), settled: (line) => settle([line]) });
  const stream = Readable.from(chunksOf(input), { objectMode: false, highWaterMark: 64 });
  const job = new MapJob(
    {
      task: 'task', format: formatNamed('lines'), retry: 0, maxErrors: Infinity, interval: undefined,
      runOptions: undefined, lanes: 2, ...plan,
    },
    {
      pool: poolOf(task), source: new LineSource(stream, new LineSplitter(), () => gate.ring()),
      results: isOrdered ? ordered(sink) : unordered(sink), failures, hasRoom: () => !sink.full, ledger, gate,
      clock: testRuntime, random: () => 0, onProgress: () => {},
    },
  );
  return { job, sink, ledger, lines, shown };
}

function* chunksOf(lines: Iterable<string>): Generator<Buffer> {
  for (const line of lines) yield Buffer.from(`${line}\n`);
}

function* numbers(count: number): Generator<string> {
  for (let number = 1; number <= count; number++) yield String(number);
}

describe('a job', () => {
  test('every line is called once and its result written once', async () => {
    const { job, sink, lines, ledger } = setUp({ input: numbers(5_000), task: (item) => `${item}!` });
    await job.run();
    await sink.settle();
    expect(lines.toSorted()).toEqual([...numbers(5_000)].map((line) => `${line}!`).toSorted());
    expect([job.done, job.failed, ledger.openLines]).toEqual([5_000, 0, 0]);
  });

  test('an output that is slow holds back the reading', async () => {
    let read = 0;
    let written = 0;
    let furthestAhead = 0;
    function* counted(): Generator<string> {
      for (const line of numbers(60_000)) {
        read++;
        furthestAhead = Math.max(furthestAhead, read - written);
        yield line;
      }
    }
    const output = new Writable({
      decodeStrings: false,
      highWaterMark: 1_000,
      write(text: string, _encoding, done) {
        written += text.split('\n').length - 1;
        setImmediate(done);
      },
    });
    const { job, sink } = setUp({ input: counted(), task: (item) => item, output });
    await job.run();
    await sink.settle();
    expect(written).toBe(60_000);
    expect(furthestAhead).toBeLessThan(20_000);
  });

  test('with --ordered, one slow item holds back the reading once enough wait for it', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    let called = 0;
    let calledBeforeRelease = 0;
    const task: Task = async (item) => {
      called++;
      if (called === 8_192) release();
      if (item !== '1') return item;
      await held;
      calledBeforeRelease = called;
      return item;
    };
    const { job, sink, lines } = setUp({ input: numbers(20_000), task, isOrdered: true });
    await job.run();
    await sink.settle();
    expect(lines).toEqual([...numbers(20_000)]);
    expect(calledBeforeRelease).toBe(8_192);
  });

  test('an item that fails is tried again as often as was asked for', async () => {
    const tries = new Map<unknown, number>();
    const task: Task = (item) => {
      const tried = (tries.get(item) ?? 0) + 1;
      tries.set(item, tried);
      if (item === 'never' || (item === 'third' && tried < 3)) throw new Error(`try ${tried}`);
      return item;
    };
    const { job, sink, lines, shown } = setUp({ input: ['first', 'third', 'never'], task, plan: { retry: 2 } });
    await job.run();
    await sink.settle();
    expect(lines.toSorted()).toEqual(['first', 'third']);
    expect(shown).toEqual(['line 3: Error: try 3']);
    expect([...tries.values()]).toEqual([1, 3, 3]);
  });

  test('stops once more items have failed than are borne, and says where to go on', async () => {
    const task: Task = (item) => {
      if (Number(item) > 10) throw new Error('no');
      return item;
    };
    const plan = { maxErrors: 1, lanes: 1 };
    const { job, sink, ledger } = setUp({ input: numbers(1_000_000), task, plan });
    await job.run();
    await sink.settle();
    expect(job.done).toBe(10);
    expect(job.failed).toBeGreaterThan(1);
    expect(ledger.resumePoint()).toEqual({ skip: 10 + job.failed, doneAfter: 0 });
  });

  test('a stop waits for what runs and takes on nothing more', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    let called = 0;
    const task: Task = async (item) => {
      if (++called === 2) job.stop();
      await held;
      return item;
    };
    const { job, sink, ledger, lines } = setUp({ input: numbers(1_000), task });
    const ended = job.run();
    await new Promise<void>((resolve) => testRuntime.defer(resolve));
    job.stop();
    expect(job.running).toBe(called);
    release();
    await ended;
    await sink.settle();
    expect(lines.length).toBe(called);
    expect(ledger.resumePoint()).toEqual({ skip: called, doneAfter: 0 });
  });

  test('after a stop, what has tries left is left to whoever goes on', async () => {
    const task: Task = (item) => {
      if (item === '2') job.stop();
      if (item === '1' || item === '2') throw new Error('not now');
      return item;
    };
    const { job, ledger } = setUp({ input: numbers(1_000), task, plan: { retry: 5, lanes: 1 } });
    await job.run();
    expect(job.failed).toBe(0);
    expect(ledger.resumePoint().skip).toBe(0);
  });

  test('a pool that is gone ends it', async () => {
    const gone = new PoolClosedError('The pool is gone');
    const task: Task = () => {
      throw gone;
    };
    const { job, ledger } = setUp({ input: numbers(1_000_000), task });
    await job.run();
    expect(job.fatal).toBe(gone);
    expect(ledger.resumePoint().skip).toBe(0);
  });
});
