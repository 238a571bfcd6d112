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
 * preemptions, that is switches away from a thread that could have gone on; most bugs need no more than two.
 *
 * Deadlock: nobody can go on and somebody has not finished. Livelock: too many steps. A spin loop must call
 * `Atomics.pause` (the explorer provides it where the runtime does not), which lets another thread go first.
 */
import { Search } from './search.ts';
import { Troupe } from './troupe.ts';

export { closeThreads } from './troupe.ts';

export interface ExploreOptions {
  /** Switches away from a thread that could go on. @default {2} */
  readonly preemptions?: number;
  /** Waits and timers that may run out although something else could happen. @default the scenario's, or 1 */
  readonly timeouts?: number;
  /** Signals that may fire. @default the scenario's, or 0 */
  readonly cancels?: number;
  /** Threads that may die. @default the scenario's, or 0 */
  readonly deaths?: number;
  /** Operations at scheduling points before a schedule counts as a livelock; at most 4000. @default {2000} */
  readonly maxSteps?: number;
  /** Schedules to run at most. @default {1_000_000} */
  readonly maxSchedules?: number;
  /** Stop only at operations on words that threads conflict over; false stops at every one. @default {true} */
  readonly reduce?: boolean;
  /** Run only this schedule, as a failure named it. */
  readonly replay?: string;
}

export interface Failure {
  readonly kind: 'deadlock' | 'livelock' | 'error';
  /** What went wrong, in a line. */
  readonly message: string;
  /** Every step of the schedule, one a line. */
  readonly trace: string;
  /** The schedule, for `replay`. */
  readonly schedule: string;
}

export interface Exploration {
  /** Schedules run, the last search only. */
  readonly schedules: number;
  readonly steps: number;
  /** How often the search began anew because it learned of another conflicted word. */
  readonly restarts: number;
  /** Every schedule within the budgets was run. */
  readonly exhausted: boolean;
  /** The different logs that complete schedules left, as JSON `[[thread, entry], ...]`, with how many left each. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly failure?: Failure;
}

/** Explores a scenario: `module.ts#exportName`. */
export async function explore(scenario: URL, options: ExploreOptions = {}): Promise<Exploration> {
  const url = new URL(scenario);
  const exportName = url.hash === '' ? 'default' : url.hash.slice(1);
  url.hash = '';
  const troupe = await Troupe.assemble(url.href, exportName);
  const search = new Search(troupe, options);
  let broken = true;
  try {
    const result = options.replay === undefined ? await search.all() : await search.one();
    broken = result.failure !== undefined;
    return result;
  } finally {
    await troupe.dismiss(broken);
  }
}
