/** The depth-first search over schedules: a stack of choice points, replayed from the start for every schedule. */
import { runtime } from '../../runtime.ts';
import { timeoutError } from '../../signal/wait-options.ts';
import { formatChoice, type Limit, parseChoice } from './choice.ts';
import type { FailureEntry } from './control.ts';
import { Course, type End } from './course.ts';
import type { Exploration, ExploreOptions, Failure } from './explore.ts';
import { assumeConflicts, formatKnowledge, restoreKnowledge } from './knowledge.ts';
import { MAX_STEPS } from './lane.ts';
import { Machine } from './machine.ts';
import { Reduction } from './reduction.ts';
import { chosenAt, replayedPoint, type SchedulePoint, toldAlong } from './schedule-point.ts';
import { formatTrace } from './trace.ts';
import type { Troupe } from './troupe.ts';

type Outcome = { readonly kind: Failure['kind'] | 'fine' | 'discovery'; readonly message: string };

/** Runs the schedules of one scenario, depth first. */
export class Search {
  readonly #troupe: Troupe;
  readonly #options: ExploreOptions;
  readonly #began: number = runtime().now();
  readonly #machine: Machine;
  readonly #replay: string;
  readonly #maxSteps: number;
  readonly #maxSchedules: number;
  #points: SchedulePoint[] = [];
  readonly #reduction: Reduction;
  readonly #course: Course;
  readonly #outcomes = new Map<string, number>();

  constructor(troupe: Troupe, options: ExploreOptions) {
    const {
      preemptions = 2,
      timeouts = 1,
      cancels = 0,
      deaths = 0,
      together = false,
    } = { ...troupe.budget, ...options };
    const { maxSteps = 2000, maxSchedules = 1_000_000, reduce = true } = options;
    this.#troupe = troupe;
    this.#options = options;
    const [steps = '', knowledge] = options.replay?.split(' | ') ?? [];
    if (knowledge === undefined) {
      const mortals = deaths > 0 ? troupe.mortal.reduce((bits, thread) => bits | (1 << thread), 0) : 0;
      this.#machine = new Machine(troupe, cancels > 0, mortals);
    } else {
      const { usesSignal, mortals } = restoreKnowledge(troupe.control, knowledge);
      this.#machine = new Machine(troupe, usesSignal !== 0, mortals);
      this.#machine.cast.usesSignal = usesSignal;
    }
    this.#replay = steps;
    this.#maxSteps = Math.min(maxSteps, MAX_STEPS - 96);
    this.#maxSchedules = maxSchedules;
    const limit: Limit = { preemptions, timeouts, cancels, deaths, together };
    this.#reduction = new Reduction(this.#machine, troupe, reduce && options.replay === undefined);
    this.#course = new Course(this.#machine, troupe.control, this.#reduction, limit, this.#maxSteps);
    if (reduce) return;
    assumeConflicts(troupe.control);
    if (cancels > 0) this.#machine.cast.usesSignal = (1 << troupe.size) - 1;
  }

  /** Runs every schedule within the budgets, or up to the first that fails. */
  async all(): Promise<Exploration> {
    let schedules = 0;
    let restarts = 0;
    let exhausted = false;
    while (!exhausted && schedules < this.#maxSchedules) {
      await this.#prepare();
      const outcome = this.#schedule(Math.max(0, this.#points.length - 1), false);
      if (outcome.kind === 'discovery') {
        restarts++;
        schedules = 0;
        this.#points = [];
        this.#outcomes.clear();
        this.#reduction.forget();
        continue;
      }
      schedules++;
      if (outcome.kind !== 'fine') {
        const failure = await this.#report(outcome);
        return { schedules, steps: this.#course.steps, restarts, exhausted: false, outcomes: this.#outcomes, failure };
      }
      exhausted = !this.#backtrack();
    }
    return { schedules, steps: this.#course.steps, restarts, exhausted, outcomes: this.#outcomes };
  }

  /** Runs the schedule to be replayed, with a trace if it fails. */
  async one(): Promise<Exploration> {
    const choices = this.#replay.split(' ').map(parseChoice);
    for (let restarts = 0; ; restarts++) {
      await this.#prepare();
      this.#points = choices.map(replayedPoint);
      const outcome = this.#schedule(choices.length, false);
      if (outcome.kind === 'discovery') continue;
      const result = { schedules: 1, steps: this.#course.steps, restarts, exhausted: false, outcomes: this.#outcomes };
      return outcome.kind === 'fine' ? result : { ...result, failure: await this.#report(outcome) };
    }
  }

  /** Makes sure of memory for another schedule, and that there is still time for it. */
  async #prepare(): Promise<void> {
    await this.#troupe.prepare();
    this.#options.signal?.throwIfAborted();
    const { timeout = Infinity } = this.#options;
    if (runtime().now() - this.#began > timeout) throw timeoutError('explore', timeout);
  }

  /** Moves on to the next schedule: the deepest point that has another choice takes it. */
  #backtrack(): boolean {
    for (;;) {
      const point = this.#points.at(-1);
      if (point === undefined) return false;
      if (++point.at < point.options.length) return true;
      this.#points.pop();
    }
  }

  /** Runs a schedule, whose first `known` points were run before. */
  #schedule(known: number, tracing: boolean): Outcome {
    const machine = this.#machine;
    const points = this.#points;
    machine.renew(tracing);
    this.#reduction.renew();
    machine.begin(tracing || points.length === 0 ? undefined : toldAlong(points.slice(0, known)));
    this.#reduction.begin();
    const outcome = this.#judge(this.#course.run(points, known, tracing));
    // Only at its end: a thread that is stopped in the middle may leave its modules in a state that no thread is in.
    return machine.cast.discovered && !tracing ? { kind: 'discovery', message: '' } : outcome;
  }

  /** Ends a schedule that has come to an end or goes no further. */
  #judge(end: End): Outcome {
    const machine = this.#machine;
    const isComplete = end === 'over' && machine.isComplete;
    const stuck = isComplete ? '' : machine.describeStuck();
    const holds = machine.end(isComplete);
    if (end === 'endless') return { kind: 'livelock', message: `not finished after ${this.#maxSteps} steps` };
    if (end === 'failed' || !holds) return { kind: 'error', message: this.#firstFailure() };
    if (!isComplete) return { kind: 'deadlock', message: stuck };
    this.#count();
    return { kind: 'fine', message: '' };
  }

  /** Counts what a schedule logged. */
  #count(): void {
    const lines = this.#troupe.control.read();
    const entries = lines.flatMap((line) => (line.kind === 'log' ? [[line.thread, line.entry]] : []));
    const outcome = JSON.stringify(entries);
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
  }

  /** Runs the failed schedule again, step by step, to write down what happens. */
  async #report({ kind, message }: Outcome): Promise<Failure> {
    const steps = this.#points.map((point) => formatChoice(chosenAt(point))).join(' ');
    const { mortals, cast } = this.#machine;
    const knowledge = formatKnowledge(this.#troupe.control, { usesSignal: cast.usesSignal, mortals });
    const schedule = `${steps} | ${knowledge}`;
    await this.#troupe.prepare();
    const again = this.#schedule(this.#points.length, true);
    if (again.kind !== kind) {
      throw new Error(`A schedule failed (${kind}: ${message}) and, run again, ended otherwise (${again.kind})`);
    }
    const journal = this.#troupe.control.read();
    return { kind: kind as Failure['kind'], schedule, ...formatTrace(kind, again.message, journal) };
  }

  #firstFailure(): string {
    const entry = this.#troupe.control.read().find((line): line is FailureEntry => line.kind === 'failure');
    return entry === undefined ? 'failed' : entry.message;
  }
}
