/**
 * The books of a load: what was asked, what came back, and what each task did in shared memory. They must agree.
 */
import { expect } from 'vitest';
import { createPool, type Pool, type PoolOptions, type RunOptions } from 'reveille';
import { residue, type Residue, settledLoop } from './_residue.ts';

export type FaultTasks = typeof import('./_tasks.mjs');
export type FaultPool = Pool<FaultTasks>;

export const FAULT_TASKS: URL = new URL('./_tasks.mjs', import.meta.url);

// What the engine makes once and keeps for good is made before anything is counted.
await createPool(FAULT_TASKS, { threads: 1, execArgv: [] }).close();

/** How a task may end, and what may be seen of it then. */
export interface Expected {
  /** What a fulfilled task must have returned. Absent: it must not be fulfilled. */
  readonly value?: unknown;
  /** Names of errors that it may be rejected with, besides a crash. */
  readonly errors?: readonly string[];
  /** Whether its thread may die under it. @default true */
  readonly mayCrash?: boolean;
  /** How often it may be started. @default 1 */
  readonly attempts?: number;
}

export interface Settled {
  readonly id: number;
  readonly name: string;
  readonly value?: unknown;
  readonly error?: Error & { code?: string };
}

export class Ledger {
  readonly started: Int32Array;
  readonly effects: Int32Array;
  /** Words that tests and tasks meet at; word 0 is what `spin` counts in. */
  readonly gates: Int32Array = new Int32Array(new SharedArrayBuffer(64 * 4));
  readonly settlements: Uint8Array;
  /** Tasks that ended with their thread. */
  readonly crashes: Settled[] = [];
  submitted = 0;
  fulfilled = 0;
  rejected = 0;
  /** Tasks that were turned away at the door: the pool does not count them. */
  refused = 0;
  /** Tasks that are not settled yet. */
  outstanding = 0;
  readonly #names: string[] = [];
  readonly #expected: Expected[] = [];
  readonly #problems: string[] = [];
  #onSettled: (() => void) | undefined;

  constructor(tasks: number) {
    this.started = new Int32Array(new SharedArrayBuffer(tasks * 4));
    this.effects = new Int32Array(new SharedArrayBuffer(tasks * 4));
    this.settlements = new Uint8Array(tasks);
  }

  /** What the threads need to keep their side of the books. */
  get workerData(): { started: Int32Array; effects: Int32Array; gates: Int32Array } {
    return { started: this.started, effects: this.effects, gates: this.gates };
  }

  /** Enters a task. Resolves when it is settled, however that may be. */
  enter(name: string, expected: Expected, run: (id: number) => Promise<unknown>): Promise<Settled> {
    const id = this.submitted++;
    this.#names[id] = name;
    this.#expected[id] = expected;
    this.outstanding++;
    return run(id).then(
      (value) => this.#settle({ id, name, value }),
      (error: Error) => this.#settle({ id, name, error }),
    );
  }

  /** Resolves when fewer than `limit` tasks are out. */
  async room(limit: number): Promise<void> {
    while (this.outstanding >= limit) await new Promise<void>((resolve) => (this.#onSettled = resolve));
  }

  /** Opens a gate that tasks block at. */
  open(gate: number): void {
    Atomics.store(this.gates, gate, 1);
    Atomics.notify(this.gates, gate);
  }

  /** Every task was settled once, with what it had to be settled with, and has done what that says. */
  balance(): void {
    expect(this.outstanding).toBe(0);
    for (let id = 0; id < this.submitted; id++) {
      const settled = this.settlements[id];
      if (settled !== 1) this.#problem(id, `was settled ${settled} times`);
    }
    for (const { id, error } of this.crashes) this.#checkCrash(id, error);
    expect(this.#problems.slice(0, 20)).toEqual([]);
    expect(this.fulfilled + this.rejected).toBe(this.submitted);
  }

  #settle(settled: Settled): Settled {
    const { id, error } = settled;
    this.settlements[id] = (this.settlements[id] as number) + 1;
    this.outstanding--;
    if (error === undefined) this.#checkFulfilled(settled);
    else this.#checkRejected(settled, error);
    const wake = this.#onSettled;
    this.#onSettled = undefined;
    wake?.();
    return settled;
  }

  #checkFulfilled({ id, value }: Settled): void {
    this.fulfilled++;
    const { value: wanted, attempts = 1 } = this.#expected[id] as Expected;
    if (!isSame(value, wanted)) {
      this.#problem(id, `returned ${JSON.stringify(value)} instead of ${JSON.stringify(wanted)}`);
    }
    const started = Atomics.load(this.started, id);
    const effects = Atomics.load(this.effects, id);
    if (started < 1 || started > attempts) this.#problem(id, `is fulfilled, and was started ${started} times`);
    if (effects < 1 || effects > started) this.#problem(id, `is fulfilled, and had its effect ${effects} times`);
  }

  #checkRejected(settled: Settled, error: Error): void {
    this.rejected++;
    const { id } = settled;
    const { errors = [], mayCrash = true } = this.#expected[id] as Expected;
    if (error.name === 'ThreadCrashedError') {
      this.crashes.push(settled);
      if (!mayCrash) this.#problem(id, `crashed: ${error.message}`);
    } else if (!errors.includes(error.name)) {
      this.#problem(id, `was rejected with ${error.stack ?? error.name}`);
    }
  }

  #checkCrash(id: number, error: Settled['error']): void {
    const { attempts = 1 } = this.#expected[id] as Expected;
    const started = Atomics.load(this.started, id);
    const effects = Atomics.load(this.effects, id);
    if (started > attempts) this.#problem(id, `crashed, and was started ${started} times`);
    if (effects > started) this.#problem(id, `crashed, and had its effect ${effects} times`);
    const { task, threadIndex } = error as unknown as { task: string; threadIndex: number };
    if (task !== this.#names[id]) this.#problem(id, `crashed, and the error names task '${task}'`);
    if (!Number.isInteger(threadIndex)) this.#problem(id, `crashed, and the error names thread ${threadIndex}`);
  }

  #problem(id: number, what: string): void {
    this.#problems.push(`task ${id} (${this.#names[id]}) ${what}`);
  }
}

/** Threads of a pool as its events tell of them. */
export interface ThreadCounts {
  started: number;
  exited: number;
  terminated: number;
  stuck: number;
}

/** The pool has accounted for every task, closes, and leaves nothing. */
export async function closeClean(pool: FaultPool, ledger: Ledger, before: Residue): Promise<void> {
  expect(Object.keys(residue().blocks)).not.toEqual([]);
  const stats = pool.stats();
  // A task whose caller has given up may still run.
  expect(stats).toMatchObject({ queued: 0, held: 0, stuckThreads: 0 });
  expect(stats.completed + stats.failed + stats.cancelled).toBe(ledger.submitted - ledger.refused);
  expect(stats.completed).toBe(ledger.fulfilled);
  const report = await pool.close();
  expect(report).toMatchObject({ clean: true, leftBehind: { threads: 0, bytes: 0 } });
  expect(pool.stats()).toMatchObject({ threads: 0, idle: 0, queued: 0, running: 0 });
  await settledLoop();
  expect(residue()).toEqual(before);
}

/** A pool of the fault tests' tasks which keeps its books in `ledger`. */
export function faultPool(ledger: Ledger, options: PoolOptions = {}): { pool: FaultPool; threads: ThreadCounts } {
  const pool = createPool<FaultTasks>(FAULT_TASKS, {
    threads: 2,
    workerData: ledger.workerData,
    // Not the loader of the test runner: it would make each start several times as long.
    execArgv: [],
    ...options,
  });
  return { pool, threads: countThreads(pool) };
}

function countThreads(pool: FaultPool): ThreadCounts {
  const threads: ThreadCounts = { started: 0, exited: 0, terminated: 0, stuck: 0 };
  pool.addEventListener('threadstart', () => threads.started++);
  pool.addEventListener('threadexit', ({ end }) => {
    threads.exited++;
    if (end === 'terminated') threads.terminated++;
    if (end === 'stuck') threads.stuck++;
  });
  return threads;
}

/** What resolves once a task runs: the tasks that say so post their id. */
export function onceRunning(pool: FaultPool): (id: number) => Promise<void> {
  const running = new Set<number>();
  const waiting = new Map<number, () => void>();
  pool.addEventListener('message', ({ data }) => {
    const id = data as number;
    running.add(id);
    waiting.get(id)?.();
  });
  return (id) => new Promise((resolve) => (running.has(id) ? resolve() : void waiting.set(id, resolve)));
}

/** Runs a task of the fault tests by name. */
export function runTask(
  pool: FaultPool,
  name: string,
  args: readonly unknown[],
  options?: RunOptions,
): Promise<unknown> {
  return pool.run(name as 'double', args as [number], options);
}

function isSame(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return Object.is(value, wanted);
  if (wanted instanceof Uint8Array) {
    if (!(value instanceof Uint8Array) || value.length !== wanted.length) return false;
    return value.every((byte, index) => byte === wanted[index]);
  }
  return JSON.stringify(value) === JSON.stringify(wanted);
}
