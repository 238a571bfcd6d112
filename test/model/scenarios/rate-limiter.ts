/** The words of a rate limiter, and its waits: of several threads, cancelled, and with one that dies. */
import '../model-runtime.ts';
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { Arena } from '../../../src/memory/arena.ts';
import type { Handle } from '../../../src/memory/shared-object.ts';
import { Gcra, GCRA_BYTES, initializeGcra } from '../../../src/pacing/gcra.ts';
import { RateLimiter } from '../../../src/pacing/rate-limiter.ts';
import { KIND } from '../../../src/signal/primitive-block.ts';
import { arenaMemory, takePlace } from '../_arena.ts';
import { type CheckContext, scenario, type Scenario, type ThreadContext, type WordNames } from '../scenario.ts';

/** A permit each millisecond. */
const PER_MS = 1;
/** Where the block has the time at which the limiter was made. */
const ORIGIN = 6;

interface Local {
  readonly limiter: RateLimiter;
  readonly gcra: Gcra;
}
type LimiterScenario = Scenario<Handle, Local>;
type Context = ThreadContext<Handle, Local>;

const withBurst = (burst: number): Pick<LimiterScenario, 'memory' | 'setup' | 'attach' | 'words'> => ({
  memory: arenaMemory,

  setup: (buffer) => {
    const arena = Arena.attach(buffer);
    const offset = arena.allocate(GCRA_BYTES, KIND.rateLimiter);
    initializeGcra(arena, offset, { permitsPerMs: PER_MS, burst });
    // The threads' clock begins with the schedule.
    new Float64Array(buffer, offset)[ORIGIN] = 0;
    return { buffer, kind: KIND.rateLimiter, offset };
  },

  attach: ({ buffer, shared, thread }) => {
    takePlace({ buffer, thread });
    const arena = Arena.attach(buffer);
    return { limiter: RateLimiter.from({ ...shared, buffer }), gcra: new Gcra(arena, shared.offset) };
  },

  words: (_buffer, { offset }): WordNames => ({ queued: offset, arrival: offset + 8, reserved: offset + 16 }),
});

/** Acquires a permit and notes when. */
async function acquire({ local, log, now }: Context): Promise<void> {
  await local.limiter.acquire();
  log(now());
}

function tryAcquire({ local, log, now }: Context): void {
  if (local.limiter.tryAcquire()) log(now());
}

/** The rate has brought what has passed, but for the burst. What is logged is logged some time after its pass. */
function neverAbove(burst: number, { log }: CheckContext<Handle>): void {
  const passes = log.map(({ entry }) => entry).filter((entry) => typeof entry === 'number');
  for (const [index, at] of passes.sort((a, b) => a - b).entries()) {
    ok(index + 1 <= burst + at * PER_MS + 1e-9, `${index + 1} permits by ${at} ms`);
  }
}

/** Who looks at nothing but what was taken must not miss a reservation. */
function reservationsAreSeen({ buffer, shared }: CheckContext<Handle>): void {
  const queued = new Int32Array(buffer)[shared.offset >> 2];
  const [, arrival = 0, reserved = 0] = new Float64Array(buffer, shared.offset, 3);
  ok(queued === 1 || reserved <= arrival, `reserved up to ${reserved}, taken up to ${arrival}, and nothing says so`);
}

/** Three want one of two. */
export const taken: LimiterScenario = scenario<Handle, Local>({
  ...withBurst(2),
  threads: [tryAcquire, tryAcquire, tryAcquire],
  check: (context) => {
    strictEqual(context.log.length, 2);
    neverAbove(2, context);
  },
});

/** Each waits until it has its own, whatever the others do and however late its timer is. */
export const waiting: LimiterScenario = scenario<Handle, Local>({
  ...withBurst(1),
  threads: [acquire, acquire, tryAcquire],
  check: (context) => {
    deepStrictEqual(new Set(context.log.map(({ thread }) => thread)).has(0), true);
    deepStrictEqual(new Set(context.log.map(({ thread }) => thread)).has(1), true);
    neverAbove(1, context);
  },
});

/** One of them gives up: it took nothing, reserved nothing, and the other has its permit. */
export const cancelled: LimiterScenario = scenario<Handle, Local>({
  ...withBurst(1),
  budget: { cancels: 1 },
  threads: [
    async ({ local, log, now, signal }) => {
      try {
        await local.limiter.acquire({ signal });
        log(now());
      } catch {
        log('cancelled');
      }
    },
    async (context) => {
      await acquire(context);
      await acquire(context);
    },
  ],
  check: (context) => {
    neverAbove(1, context);
    strictEqual(context.log.length, 3);
    const [, arrival = 0, reserved = 0] = new Float64Array(context.buffer, context.shared.offset, 3);
    ok(reserved <= arrival, `still reserved up to ${reserved}, taken up to ${arrival}`);
  },
});

/** One reserves while another takes what is left and clears the word that says so. */
export const hidden: LimiterScenario = scenario<Handle, Local>({
  ...withBurst(3),
  threads: [
    ({ local }) => {
      local.gcra.reserve(2, local.gcra.now());
    },
    ({ local }) => {
      const end = local.gcra.reserve(1, local.gcra.now());
      local.gcra.giveBack(end, 1, local.gcra.now());
      local.gcra.takeUnreserved(1, local.gcra.now());
    },
  ],
  check: reservationsAreSeen,
});

/** A thread dies somewhere in its wait: the other waits for nobody. */
export const waiterDies: LimiterScenario = scenario<Handle, Local>({
  ...withBurst(1),
  budget: { deaths: 1 },
  mortal: [0],
  threads: [
    acquire,
    async (context) => {
      await acquire(context);
      await acquire(context);
    },
  ],
  check: (context) => {
    strictEqual(context.log.filter(({ thread }) => thread === 1).length, 2);
    neverAbove(1, context);
  },
});
