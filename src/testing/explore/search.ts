/** The depth-first search over schedules: a stack of choice points, replayed from the start for every schedule. */
import { runtime } from '../../runtime.ts';
import { timeoutError } from '../../signal/wait-options.ts';
import {
  type Budget,
  type Choice,
  formatChoice,
  Happening,
  happeningOf,
  NOTHING_SPENT,
  parseChoice,
  threadOf,
} from './choice.ts';
import { type FailureEntry, MAX_STEPS } from './control.ts';
import type { Exploration, ExploreOptions, Failure } from './explore.ts';
import { assumeConflicts, formatKnowledge, restoreKnowledge } from './knowledge.ts';
import { Machine } from './machine.ts';
import {
  chosenAt,
  isKnown,
  isPreemption,
  keepsTurn,
  lastAfter,
  letsGoOn,
  replayedPoint,
  type SchedulePoint,
  spentAfter,
} from './schedule-point.ts';
import { Sleepers } from './sleepers.ts';
import { formatTrace } from './trace.ts';
import type { Troupe } from './troupe.ts';

type Outcome = { readonly kind: Failure['kind'] | 'fine' | 'discovery'; readonly message: string };

/** Runs the schedules of one scenario, depth first. */
export class Search {
  readonly #troupe: Troupe;
  readonly #options: ExploreOptions;
  readonly #began: number = runtime().now();
  readonly #machine: Machine;
  readonly #limit: Budget;
  readonly #replay: string;
  readonly #maxSteps: number;
  readonly #maxSchedules: number;
  #points: SchedulePoint[] = [];
  readonly #sleepers: Sleepers;
  #steps = 0;
  readonly #outcomes = new Map<string, number>();

  constructor(troupe: Troupe, options: ExploreOptions) {
    const { preemptions = 2, timeouts = 1, cancels = 0, deaths = 0 } = { ...troupe.budget, ...options };
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
      this.#machine.usesSignal = usesSignal;
    }
    this.#replay = steps;
    this.#limit = { preemptions, timeouts, cancels, deaths };
    this.#maxSteps = Math.min(maxSteps, MAX_STEPS - 96);
    this.#maxSchedules = maxSchedules;
    this.#sleepers = new Sleepers(troupe.size, reduce && options.replay === undefined);
    if (reduce) return;
    assumeConflicts(troupe.control);
    if (cancels > 0) this.#machine.usesSignal = (1 << troupe.size) - 1;
  }

  /** Runs every schedule within the budgets, or up to the first that fails. */
  async all(): Promise<Exploration> {
    let schedules = 0;
    let restarts = 0;
    let exhausted = false;
    while (!exhausted && schedules < this.#maxSchedules) {
      await this.#prepare();
      const outcome = this.#schedule(this.#machine, false);
      if (outcome.kind === 'discovery') {
        restarts++;
        schedules = 0;
        this.#points = [];
        this.#outcomes.clear();
        continue;
      }
      schedules++;
      if (outcome.kind !== 'fine') {
        const failure = await this.#report(outcome);
        return { schedules, steps: this.#steps, restarts, exhausted: false, outcomes: this.#outcomes, failure };
      }
      exhausted = !this.#backtrack();
    }
    return { schedules, steps: this.#steps, restarts, exhausted, outcomes: this.#outcomes };
  }

  /** Runs the schedule to be replayed, with a trace if it fails. */
  async one(): Promise<Exploration> {
    const choices = this.#replay.split(' ').map(parseChoice);
    for (let restarts = 0; ; restarts++) {
      await this.#prepare();
      this.#points = choices.map(replayedPoint);
      const outcome = this.#schedule(this.#machine, false);
      if (outcome.kind === 'discovery') continue;
      const result = { schedules: 1, steps: this.#steps, restarts, exhausted: false, outcomes: this.#outcomes };
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

  #schedule(machine: Machine, tracing: boolean): Outcome {
    machine.begin(tracing);
    this.#sleepers.begin();
    const outcome = this.#drive(machine, tracing);
    machine.end();
    // Only at its end: a thread that is stopped in the middle may leave its modules in a state that no thread is in.
    return machine.discovered && !tracing ? { kind: 'discovery', message: '' } : outcome;
  }

  /** Follows the points that are there, then goes on by the first choice at each, until the schedule ends. */
  #drive(machine: Machine, tracing: boolean): Outcome {
    const points = this.#points;
    for (let i = 0; ;) {
      if (machine.failed) return { kind: 'error', message: this.#firstFailure() };
      if (i >= this.#maxSteps) return { kind: 'livelock', message: `not finished after ${i} steps` };
      if (i === points.length) {
        const point = this.#newPoint(machine);
        if (point !== undefined) points.push(point);
        else if (machine.isComplete) return this.#judge(machine);
        else if (machine.tellNobodyDies()) continue;
        else return { kind: 'deadlock', message: machine.describeStuck() };
        i += this.#extend(machine, points[i] as SchedulePoint, tracing);
      } else {
        i += this.#follow(machine, i, tracing);
      }
    }
  }

  #judge(machine: Machine): Outcome {
    if (!machine.check()) return { kind: 'error', message: this.#firstFailure() };
    const lines = this.#troupe.control.read();
    const entries = lines.flatMap((line) => (line.kind === 'log' ? [[line.thread, line.entry]] : []));
    const outcome = JSON.stringify(entries);
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    return { kind: 'fine', message: '' };
  }

  /** A point at the end of the schedule so far, or undefined if nothing can happen. */
  #newPoint(machine: Machine): SchedulePoint | undefined {
    const previous = this.#points.at(-1);
    const last = previous === undefined ? -1 : lastAfter(previous);
    const spent = previous === undefined ? NOTHING_SPENT : spentAfter(previous, this.#limit);
    const all = machine.choices(last, spent, this.#limit, false);
    const [first] = all;
    return first === undefined
      ? undefined
      : { options: this.#sleepers.awakeAmong(all), first, at: 0, last, spent, key: -1, own: -1 };
  }

  /** Makes the choice of a point happen, and sees who sleeps or wakes by it. Returns the operations made. */
  #apply(machine: Machine, point: SchedulePoint, most: number): number[] {
    const choice = chosenAt(point);
    const thread = threadOf(choice);
    const happening = happeningOf(choice);
    const isOperation = happening === Happening.run && machine.keyOf(thread) >= 0;
    if (isPreemption(point)) this.#sleepers.sleep(point.last, point.own);
    machine.apply(choice, most);
    this.#sleepers.usesScratch = machine.usesScratch;
    if (happening === Happening.timeOut || happening === Happening.cancel) this.#sleepers.wakeAll();
    else if (happening === Happening.run && !isOperation) this.#sleepers.turned(thread, machine.hasNotes(thread));
    return isOperation ? machine.logOf(thread) : [];
  }

  /** Makes the first choice at a new last point. A plain operation runs on; each further one is a point too. */
  #extend(machine: Machine, point: SchedulePoint, tracing: boolean): number {
    const choice = point.options[0] as Choice;
    const thread = threadOf(choice);
    const isPlain = happeningOf(choice) === Happening.run && machine.isPlain(thread);
    point.key = happeningOf(choice) === Happening.run ? machine.keyOf(thread) : -1;
    const made = this.#apply(machine, point, isPlain && !tracing ? this.#maxSteps + 1 - this.#points.length : 1);
    this.#steps += Math.max(1, made.length);
    if (made[0] !== undefined) this.#sleepers.stepped(thread, made[0]);
    if (!isPlain) return 1;
    point.key = made[0] ?? -1;
    if (keepsTurn(point)) point.own = point.key;
    if (made.length > 1) {
      const spent = spentAfter(point, this.#limit);
      const all = machine.choices(thread, spent, this.#limit, true);
      const first = all[0] as Choice;
      for (const key of made.slice(1)) {
        this.#points.push({
          options: this.#sleepers.awakeAmong(all),
          first,
          at: 0,
          last: thread,
          spent,
          key,
          own: key,
        });
        this.#sleepers.stepped(thread, key);
      }
    }
    return made.length;
  }

  /** Repeats the choice of a known point, together with those after it that only let the same thread go on. */
  #follow(machine: Machine, index: number, tracing: boolean): number {
    const points = this.#points;
    const point = points[index] as SchedulePoint;
    const choice = chosenAt(point);
    const thread = threadOf(choice);
    if (happeningOf(choice) !== Happening.run || !machine.isPlain(thread)) {
      if (happeningOf(choice) === Happening.run) this.#verify(point, machine.keyOf(thread), index);
      else point.key = -1;
      for (const key of this.#apply(machine, point, 1)) this.#sleepers.stepped(thread, key);
      this.#steps++;
      return 1;
    }
    let most = 1;
    if (!tracing && isKnown(point)) {
      while (letsGoOn(points[index + most], choice)) most++;
    }
    const made = this.#apply(machine, point, most);
    this.#steps += made.length;
    for (let i = 0; i < most; i++) this.#verify(points[index + i] as SchedulePoint, made[i], index + i);
    for (const key of made) this.#sleepers.stepped(thread, key);
    return most;
  }

  /** A replay must make the operations that the schedule made before; the last point's choice is new. */
  #verify(point: SchedulePoint, key: number | undefined, index: number): void {
    const isNew = index === this.#points.length - 1 || !isKnown(point);
    if (isNew && key !== undefined) point.key = key;
    if (point.key === key) return;
    throw new Error(
      `The same schedule took another course at step ${index}: the code under test depends on something that ` +
        'outlives a schedule (module state, a cache, the clock, randomness); reset it in attach()',
    );
  }

  /** Runs the failed schedule again, step by step, to write down what happens. */
  async #report({ kind, message }: Outcome): Promise<Failure> {
    const steps = this.#points.map((point) => formatChoice(chosenAt(point))).join(' ');
    const schedule = `${steps} | ${formatKnowledge(this.#troupe.control, this.#machine)}`;
    await this.#troupe.prepare();
    const again = this.#schedule(this.#machine, true);
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
