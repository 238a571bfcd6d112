/** Readers share, writers exclude, and whoever waits, is cancelled or dies keeps nobody out. */
import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { bury, locks, lockState } from '../_locks.ts';
import type { Handle } from '../../../src/memory/shared-object.ts';
import type { ReadWriteGuard } from '../../../src/signal/read-write-guard.ts';
import type { ReadWriteLock } from '../../../src/signal/read-write-lock.ts';
import { OWN } from '../../../src/signal/primitive-block.ts';
import { scenario, type Scenario, type ThreadContext } from '../scenario.ts';

type LockScenario = Scenario<Handle[], readonly [ReadWriteLock]>;
type Context = ThreadContext<Handle[], readonly [ReadWriteLock]>;

const WRITERS = 0;
/** From here on, readers by thread. */
const READERS = 1;
const TOLD = 10;
const engine = locks('readWriteLock');

function readUnder({ scratch, step, thread }: Context, guard: ReadWriteGuard): void {
  if (guard.wasAbandoned) {
    scratch[TOLD] = 1;
  } else {
    strictEqual(scratch[WRITERS], 0);
  }
  (scratch[READERS + thread] as number)++;
  step('reads');
  if (!guard.wasAbandoned) strictEqual(scratch[WRITERS], 0);
  (scratch[READERS + thread] as number)--;
  guard.release();
}

function writeUnder({ scratch, step }: Context, guard: ReadWriteGuard): void {
  if (guard.wasAbandoned) {
    scratch[TOLD] = 1;
    scratch[WRITERS] = 0;
  }
  strictEqual(scratch[WRITERS], 0);
  scratch[WRITERS] = 1;
  step('writes');
  strictEqual(scratch[WRITERS], 1);
  deepStrictEqual(Array.from(scratch.subarray(READERS, TOLD)), Array(TOLD - READERS).fill(0));
  scratch[WRITERS] = 0;
  guard.release();
}

const read = async (context: Context): Promise<void> => readUnder(context, await context.local[0].read());
const write = async (context: Context): Promise<void> => writeUnder(context, await context.local[0].write());
const readBlocking = (context: Context): void => readUnder(context, context.local[0].readSync());
const writeBlocking = (context: Context): void => writeUnder(context, context.local[0].writeSync());

const isFree: NonNullable<LockScenario['check']> = (context) => {
  deepStrictEqual(lockState(context), { owner: -1, abandoned: false });
  deepStrictEqual(new Int32Array(context.buffer)[((context.shared[0] as Handle).offset >> 2) + OWN], 0);
};

export const readerAndWriter: LockScenario = scenario({
  ...engine,
  threads: [readBlocking, writeBlocking],
  check: isFree,
});
export const inLoops: LockScenario = scenario({ ...engine, threads: [read, write], check: isFree });
export const twoWriters: LockScenario = scenario({ ...engine, threads: [writeBlocking, write], check: isFree });
export const readersAndWriter: LockScenario = scenario({
  ...engine,
  threads: [readBlocking, read, writeBlocking],
  check: isFree,
});
export const readerAndWriters: LockScenario = scenario({
  ...engine,
  threads: [read, writeBlocking, write],
  check: isFree,
});
/** A thread that reads in one flow and writes in another, beside a reader. */
export const flows: LockScenario = scenario({
  ...engine,
  threads: [(context) => Promise.all([read(context), write(context), read(context)]), readBlocking],
  check: isFree,
});
/** A thread that waits to write asynchronously blocks to read, or to write: it is not kept from it by its own claim. */
const passClaim =
  (use: (context: Context) => void) =>
  async (context: Context): Promise<void> => {
    const writes = write(context);
    try {
      use(context);
      context.log('passed');
    } catch (error) {
      // It writes already.
      strictEqual((error as Error).name, 'DeadlockError');
    }
    await writes;
  };

export const claimReadPast: LockScenario = scenario({
  ...engine,
  threads: [passClaim(readBlocking), readBlocking],
  check: isFree,
});
export const claimWrittenPast: LockScenario = scenario({
  ...engine,
  threads: [passClaim(writeBlocking), readBlocking],
  check: isFree,
});

/** What only tries leaves nothing behind, and keeps nobody out for good. */
export const tries: LockScenario = scenario({
  ...engine,
  threads: [
    (context) => {
      const guard = context.local[0].tryWrite();
      context.log(guard !== undefined);
      if (guard !== undefined) writeUnder(context, guard);
    },
    read,
    (context) => {
      const guard = context.local[0].tryRead();
      if (guard !== undefined) readUnder(context, guard);
    },
  ],
  check: isFree,
});

const unlessCancelled =
  (mode: 'read' | 'write') =>
  async (context: Context): Promise<void> => {
    const { local, log, signal } = context;
    const guard = await local[0][mode]({ signal }).catch(() => undefined);
    log(guard === undefined ? 'cancelled' : 'locked');
    if (guard !== undefined) (mode === 'read' ? readUnder : writeUnder)(context, guard);
  };

/** A writer that is cancelled while it keeps a reader out, in the same thread or another. */
export const writerCancelled: LockScenario = scenario({
  ...engine,
  budget: { cancels: 1 },
  threads: [unlessCancelled('write'), readBlocking, read],
  check: isFree,
});
export const writerCancelledBefore: LockScenario = scenario({
  ...engine,
  budget: { cancels: 1 },
  threads: [(context) => Promise.all([unlessCancelled('write')(context), read(context)]), readBlocking],
  check: isFree,
});
export const readerCancelled: LockScenario = scenario({
  ...engine,
  budget: { cancels: 1 },
  threads: [unlessCancelled('read'), writeBlocking],
  check: isFree,
});

const whoDiedIsGone: NonNullable<LockScenario['check']> = (context) => {
  const { owner, abandoned } = lockState(context);
  strictEqual(owner, -1);
  deepStrictEqual(new Int32Array(context.buffer)[((context.shared[0] as Handle).offset >> 2) + OWN], 0);
  if (!context.died.includes(true)) deepStrictEqual([abandoned, context.scratch[TOLD]], [false, 0]);
};

const undertaker = async (context: Context): Promise<void> => void (await bury(context));

/** A reader that dies, at any step, keeps the writer out no longer than until that is known. */
export const readerDies: LockScenario = scenario({
  ...engine,
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0],
  threads: [
    readBlocking,
    (context) => {
      const guard = context.local[0].writeSync();
      // What the dead reader noted of itself it could not take back.
      context.scratch[READERS] = 0;
      strictEqual(guard.wasAbandoned, false);
      writeUnder(context, guard);
    },
    undertaker,
  ],
  check: whoDiedIsGone,
});

/** A writer that dies: the next is told, if it wrote, and not if it only waited for the reader. */
export const writerDies: LockScenario = scenario({
  ...engine,
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0],
  threads: [
    writeBlocking,
    (context) => {
      const guard = context.local[0].readSync();
      if (guard.wasAbandoned) context.scratch[WRITERS] = 0;
      readUnder(context, guard);
    },
    undertaker,
  ],
  check: whoDiedIsGone,
});
export const writerDiesBeforeWriter: LockScenario = scenario({
  ...engine,
  budget: { deaths: 1, timeouts: 0 },
  mortal: [0],
  threads: [write, write, undertaker],
  check: whoDiedIsGone,
});
