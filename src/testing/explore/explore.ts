/**
 * A systematic explorer of interleavings: runs real, unmodified code in real threads, under every schedule with at most
 * so many preemptions.
 *
 * Why it is enough to interleave at `Atomics` operations: they are sequentially consistent in JavaScript
 * (https://tc39.es/ecma262/#sec-memory-model), so for data that is touched only through them, every outcome a machine can
 * show is the outcome of some interleaving of those operations. Plain reads and writes of shared memory are run along
 * with the atomic operation before them. That is sound only where they do not race: a plain write must be published by
 * an atomic write that its readers read atomically first. The explorer does not check that.
 *
 * The search is depth first over choices: which thread makes its next operation, and, within budgets, which timed wait
 * times out, whose signal fires, who dies. After CHESS (https://www.microsoft.com/en-us/research/publication/
 * finding-and-reproducing-heisenbugs-in-concurrent-programs/): schedules are replayed from the start, and bounded by
 * preemptions, that is switches away from a thread that could have gone on; most bugs need no more than two. What
 * another schedule shows as well is left out: see `reduction.ts`. That takes the code under test to be a function of
 * what it reads from the tested memory, of the scratch words and of the clock, as running a schedule again does.
 *
 * Deadlock: nobody can go on and somebody has not finished. Livelock: too many steps. A spin loop must call
 * `Atomics.pause` (the explorer provides it where the runtime does not), which lets another thread go first.
 */
import { AssertionError } from 'node:assert';
import { runtime } from '../../runtime.ts';
import type { WaitOptions } from '../../signal/wait-options.ts';
import { checkExploreOptions, checkScenarioUrl } from './check-options.ts';
import { Search } from './search.ts';
import { Troupe } from './troupe.ts';

export { closeExplorer } from './troupe.ts';

/** How far a search goes. `signal` and `timeout` end it between two schedules. */
export interface ExploreOptions extends Pick<WaitOptions, 'signal' | 'timeout'> {
  /**
   * Switches away from a thread that could go on.
   *
   * @default {2}
   */
  readonly preemptions?: number;
  /** Waits and timers that may run out although something else could happen; the scenario's, or 1, unless given. */
  readonly timeouts?: number;
  /** Signals that may fire; the scenario's, or 0, unless given. */
  readonly cancels?: number;
  /** Threads that may die; the scenario's, or 0, unless given. */
  readonly deaths?: number;
  /**
   * Let each cancel and each death cost a preemption too, unless it comes when nobody could go on: both take the turn
   * from whoever had it. With two preemptions: two, or one and a cancel or a death. The scenario's, or false, unless
   * given.
   */
  readonly together?: boolean;
  /**
   * Operations at scheduling points before a schedule counts as a livelock; at most 4000.
   *
   * @default {2000}
   */
  readonly maxSteps?: number;
  /**
   * Schedules to run at most.
   *
   * @default {1_000_000}
   */
  readonly maxSchedules?: number;
  /**
   * Stop only at operations on words that threads conflict over, and leave out what another schedule shows as well;
   * false stops at every operation, and tries every choice.
   *
   * @default {true}
   */
  readonly reduce?: boolean;
  /** Run only this schedule, as a failure named it in `schedule`. */
  readonly replay?: string;
}

/** A schedule that ends as it must not. */
export interface Failure {
  readonly kind: 'deadlock' | 'livelock' | 'error';
  /** What went wrong, in a line. */
  readonly message: string;
  /** Every step of the schedule, one a line. */
  readonly trace: string;
  /** The schedule, for `replay`. */
  readonly schedule: string;
}

/** What a search found. */
export interface Exploration {
  /** Schedules run, the last search only. */
  readonly schedules: number;
  /** Operations made at scheduling points, in all schedules. */
  readonly steps: number;
  /** How often the search began anew because it learned of another conflicted word. */
  readonly restarts: number;
  /** Every schedule within the budgets was run. */
  readonly exhausted: boolean;
  /** The different logs that complete schedules left, as JSON `[[thread, entry], ...]`, with how many left each. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** The first schedule that failed; the search stops there. */
  readonly failure?: Failure;
}

/**
 * Runs a scenario under every schedule within the budgets, or up to the first that fails.
 *
 * The calling thread blocks while schedules run, some hundreds at a time; its event loop has a turn in between. The
 * threads are kept for the next search, and keep no process alive.
 *
 * @param scenario - the module and its export: `new URL('./ticket-lock.ts#ticketLock', import.meta.url)`; without a
 *   hash, the default export. Each thread imports the module by itself.
 * @throws {TypeError} or RangeError for a wrong option; an Error for a scenario that cannot be loaded, or whose
 *   schedules do not repeat; the signal's reason, or a DeadlineExceededError after `timeout` milliseconds
 * @example
 * ```ts
 * const { failure, exhausted } = await explore(new URL('./ticket-lock.ts#ticketLock', import.meta.url));
 * if (failure !== undefined) console.log(failure.trace);
 * ```
 */
export async function explore(scenario: URL | string, options: ExploreOptions = {}): Promise<Exploration> {
  const url = checkScenarioUrl(scenario);
  checkExploreOptions(options);
  options.signal?.throwIfAborted();
  const exportName = url.hash === '' ? 'default' : decodeURIComponent(url.hash.slice(1));
  url.hash = '';
  const troupe = await Troupe.assemble(runtime().resolveModule(url), exportName);
  let broken = true;
  try {
    const search = new Search(troupe, options);
    const result = options.replay === undefined ? await search.all() : await search.one();
    broken = result.failure !== undefined;
    return result;
  } finally {
    await troupe.dismiss(broken);
  }
}

/**
 * Explores a scenario and rejects unless it holds: no schedule within the budgets fails, and all of them were run.
 *
 * @throws {AssertionError} whose message is the trace of the schedule that fails, or says how far the search got; and
 *   what {@linkcode explore} throws
 * @example
 * ```ts
 * test('the lock is never held twice', () =>
 *   expectHolds(new URL('./ticket-lock.ts#ticketLock', import.meta.url)));
 * ```
 */
export async function expectHolds(scenario: URL | string, options: ExploreOptions = {}): Promise<Exploration> {
  const result = await explore(scenario, options);
  const { failure, exhausted, schedules } = result;
  if (failure !== undefined) throw refuted(`${failure.trace}\n       schedule: ${failure.schedule}`);
  if (!exhausted && options.replay === undefined) {
    throw refuted(`Not every schedule was run: the search stopped after ${schedules}, as 'maxSchedules' says`);
  }
  return result;
}

function refuted(message: string): AssertionError {
  return new AssertionError({ message, operator: 'expectHolds', stackStartFn: expectHolds });
}
