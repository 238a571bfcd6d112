/**
 * The queue of tasks by itself: one writer, two readers that claim while they can, and a reader that may die.
 *
 * Thread 0 is the pool. A task has a number, which the writer leaves in its slot; what became of each is noted in plain
 * words of the arena that nobody else writes, so that the notes are no part of the search.
 */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { arenaMemory, takePlace } from '../_arena.ts';
import { Arena } from '../../../src/memory/arena.ts';
import { CompletionReader, CompletionWriter } from '../../../src/scheduler/completion-ring.ts';
import { HEAD, Region, regionBytes, SIZE, STATE, TASK } from '../../../src/scheduler/layout.ts';
import { NONE, TaskQueueReader, TaskQueueWriter } from '../../../src/scheduler/task-queue.ts';
import { scenario, type Scenario, type ThreadContext } from '../scenario.ts';

const READERS = 2;
/** Tasks are numbered from 1 to this, at most. */
const MOST_TASKS = 7;
/** What became of a task. */
const PUBLISHED = 0;
const WITHDRAWN = 1;
/** And, for the reader of index n, CLAIMED + n. */
const CLAIMED = 2;

export interface Shared {
  readonly slots: number;
  readonly region: number;
  readonly notes: number;
}

export class Parts {
  readonly region: Region;
  readonly writer: TaskQueueWriter;
  readonly reader: TaskQueueReader;
  readonly completions: CompletionWriter;
  /** The pool's ends of the rings. Made by the pool only: that empties them. */
  readonly rings: readonly CompletionReader[];
  readonly #notes: number;

  constructor(buffer: SharedArrayBuffer, { slots, region, notes }: Shared, thread: number, reader: Reader) {
    this.region = new Region(Arena.attach(buffer), { base: region, slots, threads: READERS });
    this.writer = new TaskQueueWriter(this.region);
    this.reader = new reader(this.region, thread - 1);
    this.completions = new CompletionWriter(this.region, Math.max(0, thread - 1));
    this.rings = thread === 0 ? [0, 1].map((index) => new CompletionReader(this.region, index)) : [];
    this.#notes = notes >> 2;
  }

  note(task: number, what: number): void {
    const word = this.#notes + task * 4 + what;
    this.region.i32[word] = this.noted(task, what) + 1;
  }

  noted(task: number, what: number): number {
    return this.region.i32[this.#notes + task * 4 + what] as number;
  }

  publish(slot: number, task: number): void {
    ok(this.writer.hasRoom);
    this.region.i32[this.region.slot(slot) + TASK] = task;
    this.note(task, PUBLISHED);
    this.writer.publish(slot);
  }

  withdraw(slot: number, task: number): boolean {
    const won = this.writer.withdraw(slot);
    if (won) this.note(task, WITHDRAWN);
    return won;
  }

  /** The number of the task in a slot that is one's own. */
  taskIn(slot: number): number {
    return this.region.i32[this.region.slot(slot) + TASK] as number;
  }

  /** A reader completes what it has claimed; the result is the complement of its slot's number. */
  complete(slot: number): void {
    this.region.i32[this.completions.next + SIZE] = ~slot;
    this.completions.push(slot);
  }

  /** Takes the completions that there are, with their results; returns their slots. */
  completed(): number[] {
    const slots: number[] = [];
    for (const ring of this.rings) {
      while (!ring.isEmpty) {
        const result = this.region.i32[ring.next + SIZE] as number;
        const slot = ring.shift();
        strictEqual(result, ~slot);
        slots.push(slot);
      }
    }
    return slots;
  }
}

export type QueueScenario = Scenario<Shared, Parts>;
type Context = ThreadContext<Shared, Parts>;
type Reader = new (region: Region, thread: number) => TaskQueueReader;

/** The parts of the thread that checks: the pool's, which know where the queue ends. */
let pool: Parts | undefined;

const withSlots = (
  slots: number,
  reader: Reader = TaskQueueReader,
): Pick<QueueScenario, 'memory' | 'setup' | 'attach' | 'words'> => ({
  memory: arenaMemory,

  setup: (buffer) => {
    const arena = Arena.attach(buffer);
    const region = arena.allocate(regionBytes(slots, READERS), 1);
    return { slots, region, notes: arena.allocate((MOST_TASKS + 1) * 16, 2) };
  },

  attach: ({ buffer, shared, thread }) => {
    takePlace({ buffer, thread });
    const parts = new Parts(buffer, shared, thread, reader);
    if (thread === 0) pool = parts;
    return parts;
  },

  words: (buffer, { region: base }) => {
    const region = new Region(Arena.attach(buffer), { base, slots, threads: READERS });
    const words: Record<string, number> = { head: (region.base + HEAD) * 4 };
    for (let i = 0; i < region.entryCount; i++) words[`entry ${i}`] = (region.entries + i) * 4;
    for (let i = 0; i < slots; i++) words[`state of slot ${i}`] = (region.slot(i) + STATE) * 4;
    for (let i = 0; i < READERS; i++) words[`completions of ${i}`] = region.completionTail(i) * 4;
    return words;
  },
});

/** Claims `times` times, whether there is something or not, and completes what it got. */
const claims =
  (times: number) =>
  ({ local, thread }: Context): void => {
    for (let i = 0; i < times; i++) {
      const slot = local.reader.claim();
      if (slot === NONE) continue;
      local.note(local.taskIn(slot), CLAIMED + thread - 1);
      local.complete(slot);
    }
  };

/**
 * At rest: what is left can be claimed, in order; each task was claimed once, or withdrawn, or left; the depth says how
 * many are left.
 */
const eachOnce: NonNullable<QueueScenario['check']> = ({ died }) => {
  const parts = pool as Parts;
  const { depth } = parts.writer;
  const left: number[] = [];
  for (let slot = parts.reader.claim(); slot !== NONE; slot = parts.reader.claim()) left.push(parts.taskIn(slot));
  // One that died right after its claim has not passed the entry; the next one who looks does.
  if (died.includes(true)) ok(depth === left.length || depth === left.length + 1);
  else strictEqual(depth, left.length);
  strictEqual(parts.writer.depth, 0);
  deepStrictEqual(left, left.toSorted());
  let lost = 0;
  for (let task = 1; task <= MOST_TASKS; task++) {
    if (parts.noted(task, PUBLISHED) === 0) continue;
    const claimed = parts.noted(task, CLAIMED) + parts.noted(task, CLAIMED + 1);
    const ends = claimed + parts.noted(task, WITHDRAWN) + left.filter((each) => each === task).length;
    ok(ends <= 1, `task ${task} was had ${ends} times`);
    lost += 1 - ends;
  }
  // One that died between its claim and its note has claimed one more, and the slot says so.
  const byDead = [0, 1].filter(
    (slot) => slot < parts.region.shape.slots && died[parts.writer.claimant(slot) + 1] === true,
  );
  ok(lost <= byDead.length, `${lost} tasks are gone`);
};

/** Two tasks, and the first is withdrawn while both readers claim: it is never claimed after that. */
export const withdrawn: QueueScenario = scenario({
  ...withSlots(2),
  threads: [
    ({ local }) => {
      local.publish(0, 1);
      local.publish(1, 2);
      local.withdraw(0, 1);
    },
    claims(2),
    claims(2),
  ],
  check: eachOnce,
});

/**
 * One slot and a ring of two entries: each task laps the one before last. A slot that is claimed is used again once its
 * completion has come; the writer stops when it finds a task claimed and not completed.
 */
const laps = (tasks: number, readers: ReadonlyArray<(context: Context) => void>): QueueScenario =>
  scenario({
    ...withSlots(1),
    threads: [
      ({ local }) => {
        for (let task = 1; task <= tasks; task++) {
          local.publish(0, task);
          if (!local.withdraw(0, task) && local.completed().length === 0) return;
          local.writer.release(0);
        }
      },
      ...readers,
    ],
    check: eachOnce,
  });

export const wraps: QueueScenario = laps(5, [claims(2), claims(1)]);

/** A reader that was about to claim when the ring had gone round once or twice claims nothing that is not there. */
export const wrapsTwice: QueueScenario = laps(7, [claims(2)]);

/** Completed and published again through the same slot, with no withdrawal in between. */
export const reused: QueueScenario = scenario({
  ...withSlots(1),
  threads: [
    ({ local }) => {
      local.publish(0, 1);
      for (let task = 2; task <= 4; task++) {
        if (local.completed().length === 0) return;
        local.writer.release(0);
        local.publish(0, task);
      }
    },
    claims(2),
    claims(2),
  ],
  check: eachOnce,
});

/** Given to a thread past the queue, through a slot whose withdrawn entry is still in the ring: nobody claims it. */
export const assigned: QueueScenario = scenario({
  ...withSlots(1),
  threads: [
    ({ local }) => {
      local.publish(0, 1);
      if (!local.withdraw(0, 1)) return;
      local.writer.assign(0, 1);
      strictEqual(local.writer.claimant(0), 1);
    },
    claims(2),
    claims(2),
  ],
  check: (context) => {
    eachOnce(context);
    const parts = pool as Parts;
    if (parts.noted(1, WITHDRAWN) === 1) strictEqual(parts.writer.claimant(0), 1);
  },
});

/** A reader may die at any step: what it had claimed names it, and everything else can still be claimed. */
export const readerMayDie = (reader: Reader): QueueScenario =>
  scenario({
    ...withSlots(2, reader),
    budget: { deaths: 1 },
    mortal: [1],
    threads: [
      ({ local }) => {
        local.publish(0, 1);
        local.publish(1, 2);
      },
      claims(2),
      claims(1),
    ],
    check: eachOnce,
  });

export const readerDies: QueueScenario = readerMayDie(TaskQueueReader);

/** So may the other one, while the writer goes round the ring. */
export const readerDiesWrapping: QueueScenario = {
  ...laps(4, [claims(2), claims(1)]),
  budget: { deaths: 1 },
  mortal: [1],
};

/** What a thread has pushed comes out once each, in order and with its result, round a ring of two entries. */
export const completions: QueueScenario = scenario({
  ...withSlots(1),
  threads: [
    ({ local }) => {
      // As in a pool: no more are pushed than have been taken or have room, here two.
      let taken = 0;
      for (let looks = 0; looks < 4; looks++) {
        for (const entry of local.completed()) strictEqual(entry, ++taken);
        Atomics.store(local.region.i32, local.region.base + HEAD, taken);
      }
      local.note(1, taken > 4 ? PUBLISHED : WITHDRAWN);
    },
    ({ local }) => {
      for (let entry = 1; entry <= 5; entry++) {
        if (Atomics.load(local.region.i32, local.region.base + HEAD) < entry - 2) return;
        local.complete(entry);
      }
    },
  ],
});
