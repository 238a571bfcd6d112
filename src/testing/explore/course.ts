/** How a schedule runs: along the points that are known, and from there by the first choice that is worth trying. */
import { type Budget, type Choice, Happening, happeningOf, type Limit, NOTHING_SPENT, threadOf } from './choice.ts';
import type { Control } from './control.ts';
import { Command } from './lane.ts';
import type { Machine } from './machine.ts';
import type { Reduction } from './reduction.ts';
import {
  chosenAt,
  isKnown,
  keepsTurn,
  lastAfter,
  runLength,
  type SchedulePoint,
  spentAfter,
} from './schedule-point.ts';
import { type MadeOperation, operationsOf } from './thread-log.ts';
import { unrepeatable } from './unrepeatable.ts';

/** How a course ended: nothing can happen any more, a thread has failed, or it takes too long. */
export type End = 'over' | 'failed' | 'endless';

export class Course {
  /** Operations made at points, in all schedules. */
  steps = 0;
  readonly #machine: Machine;
  readonly #control: Control;
  readonly #reduction: Reduction;
  readonly #limit: Limit;
  readonly #maxSteps: number;
  #points: SchedulePoint[] = [];

  constructor(machine: Machine, control: Control, reduction: Reduction, limit: Limit, maxSteps: number) {
    this.#machine = machine;
    this.#control = control;
    this.#reduction = reduction;
    this.#limit = limit;
    this.#maxSteps = maxSteps;
  }

  /**
   * Runs a schedule. Appends its new points; with `tracing`, each operation is told of one by one. At the first `known`
   * points the choice was made before; at one behind them it is new.
   */
  run(points: SchedulePoint[], known: number, tracing: boolean): End {
    this.#points = points;
    for (let i = 0; ;) {
      if (this.#machine.cast.failed) return 'failed';
      if (i >= this.#maxSteps) return 'endless';
      if (i < points.length) this.#approach(points[i] as SchedulePoint);
      if (i < known) i += this.#follow(i, tracing);
      else if (i < points.length || this.#addPoint()) i += this.#extend(points[i] as SchedulePoint, tracing);
      else if (this.#machine.isComplete || !this.#machine.tellNobodyDies()) return 'over';
    }
  }

  /** Where nobody could go on the threads were told, before the point, that nobody dies any more. */
  #approach(point: SchedulePoint): void {
    const choice = chosenAt(point);
    if (happeningOf(choice) !== Happening.run || this.#machine.isRunnable(threadOf(choice))) return;
    this.#machine.tellNobodyDies();
  }

  /** Adds a point at the end of the schedule so far, unless nothing can happen there. */
  #addPoint(): boolean {
    const previous = this.#points.at(-1);
    const last = previous === undefined ? -1 : lastAfter(previous);
    const spent = previous === undefined ? NOTHING_SPENT : spentAfter(previous, this.#limit);
    const choices = this.#machine.choices(last, spent, this.#limit, false);
    const [first] = choices;
    if (first === undefined) return false;
    const options = this.#reduction.worthTrying(choices, last, spent, false);
    this.#points.push({ options, first, at: 0, last, spent, key: -1, own: -1, told: [] });
    return true;
  }

  /** Makes the first choice at a new last point. A plain operation runs on; each further one is a point too. */
  #extend(point: SchedulePoint, tracing: boolean): number {
    const machine = this.#machine;
    const choice = chosenAt(point);
    const thread = threadOf(choice);
    const isPlain = happeningOf(choice) === Happening.run && machine.isPlain(thread);
    point.key = happeningOf(choice) === Happening.run ? machine.keyOf(thread) : -1;
    const made = this.#apply(point, isPlain && !tracing ? this.#maxSteps + 1 - this.#points.length : 1);
    const [first] = made;
    this.steps += Math.max(1, made.length);
    if (isPlain) point.key = first?.key ?? -1;
    if (isPlain && keepsTurn(point)) point.own = point.key;
    if (first !== undefined) this.#reduction.made(thread, first);
    if (made.length > 1) this.#addPoints(thread, made.slice(1), spentAfter(point, this.#limit));
    this.#reduction.stopped(thread);
    return Math.max(1, made.length);
  }

  /** Adds a point for each operation that a thread made in the same run after one at a point. */
  #addPoints(thread: number, made: readonly MadeOperation[], spent: Budget): void {
    const choices = this.#machine.choices(thread, spent, this.#limit, true);
    const first = choices[0] as Choice;
    const told = [{ thread, command: Command.grant, argument: 1 }];
    for (const operation of made) {
      const { key } = operation;
      const options = this.#reduction.worthTrying(choices, thread, spent, true);
      this.#points.push({ options, first, at: 0, last: thread, spent, key, own: key, told });
      this.#reduction.made(thread, operation);
    }
  }

  /** Repeats the choice of a known point, together with those after it that only let the same thread go on. */
  #follow(index: number, tracing: boolean): number {
    const points = this.#points;
    const point = points[index] as SchedulePoint;
    const choice = chosenAt(point);
    const thread = threadOf(choice);
    const isRun = happeningOf(choice) === Happening.run;
    const isPlain = isRun && this.#machine.isPlain(thread);
    const most = isPlain && !tracing && isKnown(point) ? Math.max(1, runLength(points, index)) : 1;
    if (isRun && !isPlain) this.#verify(point, this.#machine.keyOf(thread), index);
    else if (!isRun) point.key = -1;
    const made = this.#apply(point, most);
    if (isPlain) {
      for (let i = 0; i < most; i++) this.#verify(points[index + i] as SchedulePoint, made[i]?.key, index + i);
    }
    for (const operation of made) this.#reduction.made(thread, operation);
    this.#reduction.stopped(thread);
    this.steps += most;
    return most;
  }

  /** Makes the choice of a point happen. Returns the operations made. */
  #apply(point: SchedulePoint, most: number): MadeOperation[] {
    const choice = chosenAt(point);
    const thread = threadOf(choice);
    const isOperation = happeningOf(choice) === Happening.run && this.#machine.keyOf(thread) >= 0;
    this.#reduction.before(point);
    this.#machine.apply(choice, most);
    point.told = this.#machine.told;
    this.#machine.told = [];
    if (isOperation) return operationsOf(this.#control, thread, this.#machine.cast.sharesScratch(thread));
    this.#reduction.happened(choice);
    return [];
  }

  /** A replay must make the operations that the schedule made before; the last point's choice is new. */
  #verify(point: SchedulePoint, key: number | undefined, index: number): void {
    const isNew = index === this.#points.length - 1 || !isKnown(point);
    if (isNew && key !== undefined) point.key = key;
    if (point.key === key) return;
    throw unrepeatable(index);
  }
}
