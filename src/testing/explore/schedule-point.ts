/** A point of a schedule at which the search had a choice, and what each choice leads to. */
import {
  type Budget,
  type Choice,
  choiceOf,
  Happening,
  happeningOf,
  type Limit,
  NOTHING_SPENT,
  threadOf,
} from './choice.ts';
import { LAST_PLAIN, type Told } from './lane.ts';
import { costOf } from './possible-choices.ts';

/** What is known of a point that is only to be replayed: its operation is not. */
const UNKNOWN = -2;

export interface SchedulePoint {
  readonly options: readonly Choice[];
  at: number;
  /** The thread that ran last before this point. */
  readonly last: number;
  /** What had been spent before this point. */
  readonly spent: Budget;
  /** The operation made here, or -1 if what happened here was something else. */
  key: number;
  /** What would come first if nobody slept: it decides what the other choices cost. */
  readonly first: Choice;
  /** What was told when its choice was made: to its thread, and to others before that if nobody dies any more. */
  told: readonly Told[];
  /** The plain operation before which the last thread stands if it can go on, or -1. Known once it was made. */
  own: number;
}

/** A point of a schedule that is replayed: one choice, at no cost. */
export function replayedPoint(choice: Choice): SchedulePoint {
  return { options: [choice], first: choice, at: 0, last: -1, spent: NOTHING_SPENT, key: UNKNOWN, own: -1, told: [] };
}

export function chosenAt(point: SchedulePoint): Choice {
  return point.options[point.at] as Choice;
}

/** Whether the operation that was made at the point is known. */
export function isKnown({ key }: SchedulePoint): boolean {
  return key !== UNKNOWN;
}

/** What threads are told along points that are known, for {@linkcode Troupe.foresee}. */
export function toldAlong(points: readonly SchedulePoint[]): Told[] {
  const all: Told[] = [];
  for (let i = 0; i < points.length;) {
    const { told } = points[i] as SchedulePoint;
    const most = runLength(points, i);
    const last = told.at(-1);
    if (last !== undefined) all.push(...told.slice(0, -1), most > 0 ? { ...last, argument: most } : last);
    i += Math.max(1, most);
  }
  return all;
}

/** How many plain operations a thread makes in one go from a known point on; 0 if something else happens there. */
export function runLength(points: readonly SchedulePoint[], index: number): number {
  const point = points[index] as SchedulePoint;
  const choice = chosenAt(point);
  if (happeningOf(choice) !== Happening.run || !isPlain(point)) return 0;
  let length = 1;
  while (letsGoOn(points[index + length], choice)) length++;
  return length;
}

/** Whether the point let the last thread make a plain operation, after which it may go on. */
function letsGoOn(point: SchedulePoint | undefined, choice: Choice): boolean {
  return point !== undefined && point.at === 0 && point.options[0] === choice && isPlain(point);
}

function isPlain({ key }: SchedulePoint): boolean {
  return key >= 0 && (key & 15) <= LAST_PLAIN;
}

/** The thread that ran last once the choice of the point has happened. */
export function lastAfter(point: SchedulePoint): number {
  const choice = chosenAt(point);
  return happeningOf(choice) === Happening.die ? point.last : threadOf(choice);
}

/** What is spent once the choice of the point has happened. */
export function spentAfter(point: SchedulePoint, limit: Limit): Budget {
  // Nothing else could have happened: whoever has not died by now will not.
  if (happeningOf(chosenAt(point)) === Happening.rest) return { ...point.spent, deaths: limit.deaths };
  const cost = costOf(chosenAt(point), point.last, point.first, limit.together);
  return {
    preemptions: point.spent.preemptions + (cost.preemptions ?? 0),
    timeouts: point.spent.timeouts + (cost.timeouts ?? 0),
    cancels: point.spent.cancels + (cost.cancels ?? 0),
    deaths: point.spent.deaths + (cost.deaths ?? 0),
  };
}

/** Whether the choice of the point takes the turn from a thread that stood before a plain operation. */
export function isPreemption(point: SchedulePoint): boolean {
  const choice = chosenAt(point);
  return happeningOf(choice) === Happening.run && choice !== point.first && point.own >= 0;
}

/** Whether the choice of the point is that the last thread goes on. */
export function keepsTurn(point: SchedulePoint): boolean {
  return chosenAt(point) === choiceOf(point.last, Happening.run);
}
