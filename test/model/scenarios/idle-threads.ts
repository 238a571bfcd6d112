/**
 * Who is idle, the queue and the doorbells, in the order in which the pool's dispatcher and task loops use them, and
 * nothing else: small enough for two preemptions with two workers. `pool.ts` has the whole of it.
 */
import { strictEqual } from 'node:assert/strict';
import { arenaMemory, bellWords, takePlace } from '../_arena.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { IdleThreads, NO_THREAD } from '../../../src/scheduler/idle-threads.ts';
import { HEAD, IDLE_THREADS, Region, regionBytes } from '../../../src/scheduler/layout.ts';
import { NONE, TaskQueueReader, TaskQueueWriter } from '../../../src/scheduler/task-queue.ts';
import type { Doorbell } from '../../../src/signal/doorbell.ts';
import { scenario, type Scenario, type ThreadContext } from '../scenario.ts';

const WORKERS = 2;

export interface Shared {
  readonly region: number;
  readonly meeting: number;
}
export interface Local {
  readonly bell: Doorbell;
  readonly words: Int32Array;
  readonly index: number;
  readonly idle: IdleThreads;
  readonly writer: TaskQueueWriter;
  readonly reader: TaskQueueReader;
  readonly meeting: number;
}
export type IdleScenario = Scenario<Shared, Local>;
type Context = ThreadContext<Shared, Local>;

const regionOf = (buffer: SharedArrayBuffer, { region }: Shared): Region =>
  new Region(Arena.attach(buffer), { base: region, slots: 2, threads: WORKERS });

const engine: Pick<IdleScenario, 'memory' | 'setup' | 'attach' | 'words'> = {
  memory: arenaMemory,

  setup: (buffer) => {
    const arena = Arena.attach(buffer);
    return { region: arena.allocate(regionBytes(2, WORKERS), 1), meeting: arena.allocate(64, 2) };
  },

  attach: ({ buffer, shared, thread }) => {
    const region = regionOf(buffer, shared);
    return {
      bell: takePlace({ buffer, thread }),
      words: region.i32,
      index: thread - 1,
      idle: new IdleThreads(region),
      writer: new TaskQueueWriter(region),
      reader: new TaskQueueReader(region, thread - 1),
      meeting: shared.meeting >> 2,
    };
  },

  words: (buffer, shared) => {
    const { base, entries } = regionOf(buffer, shared);
    const own = { head: base + HEAD, idle: base + IDLE_THREADS, 'entry 0': entries, 'entry 1': entries + 1 };
    const words = { ...bellWords(), 'meeting point': shared.meeting };
    return { ...words, ...Object.fromEntries(Object.entries(own).map(([name, word]) => [name, word * 4])) };
  },
};

/** `Dispatcher.#publish` and `#wake`. */
function publish({ bell, idle, writer }: Local, slot: number): void {
  writer.publish(slot);
  if (!idle.anyParked || writer.depth <= idle.searchingCount) return;
  const thread = idle.takeParked();
  if (thread !== NO_THREAD) bell.ring(thread + 1);
}

export type Flaw = 'parks before its ticket' | 'looks before it parks';

/** `TaskLoop.#turn` and `#park`, up to a task. */
function claimOne({ bell, idle, reader, index }: Local, flaw: Flaw | undefined): void {
  let isIdle = true;
  idle.search(index);
  for (;;) {
    const wasIdle = isIdle;
    if (wasIdle && reader.hasWork) {
      strictEqual(idle.leave(index), true);
      isIdle = false;
    }
    const slot = isIdle ? NONE : reader.claim();
    if (slot !== NONE) {
      if (wasIdle && reader.hasWork) {
        const thread = idle.takeParked();
        if (thread !== NO_THREAD) bell.ring(thread + 1);
      }
      return;
    }
    isIdle = true;
    if (flaw === 'parks before its ticket') idle.park(index);
    const ticket = bell.ticket();
    const saw = flaw === 'looks before it parks' && reader.hasWork;
    if (flaw !== 'parks before its ticket') idle.park(index);
    if (!saw && (flaw === 'looks before it parks' || !reader.hasWork)) bell.parkSync(ticket, Infinity);
  }
}

/** Its task ends only once the other one runs too. */
const worker =
  (flaw: Flaw | undefined) =>
  ({ local }: Context): void => {
    claimOne(local, flaw);
    const { words, meeting } = local;
    Atomics.add(words, meeting, 1);
    Atomics.notify(words, meeting);
    if (Atomics.load(words, meeting) < WORKERS) Atomics.wait(words, meeting, 1);
  };

/** Two tasks that need each other: no task waits while a thread is parked. */
export const burstOf = (flaw?: Flaw): IdleScenario =>
  scenario({
    ...engine,
    threads: [
      ({ local }) => {
        publish(local, 0);
        publish(local, 1);
      },
      worker(flaw),
      worker(flaw),
    ],
  });

export const burst: IdleScenario = burstOf();

/** A thread that the pool has reserved neither claims nor parks nor leaves, and is reserved once. */
export const reserved: IdleScenario = scenario({
  ...engine,
  threads: [
    ({ local: { idle, writer }, log }) => {
      const thread = idle.reserve();
      writer.publish(0);
      log(thread);
      if (thread === NO_THREAD) return;
      strictEqual(idle.isReserved(thread), true);
      strictEqual(idle.reserve() === thread, false);
    },
    ...[1, 2].map(() => ({ local: { idle, reader, index }, log }: Context): void => {
      idle.search(index);
      idle.park(index);
      if (idle.leave(index)) log(reader.claim());
    }),
  ],
  check: ({ log }) => {
    const reservedThread = log.find(({ thread }) => thread === 0)?.entry as number;
    strictEqual(
      log.some(({ thread }) => thread === reservedThread + 1 && thread > 0),
      false,
    );
  },
});
