/** What may happen at a choice point, and what it costs. */
import { type Budget, type Choice, choiceOf, Happening, happeningOf, type Limit, threadOf } from './choice.ts';
import type { ThreadState } from './thread-state.ts';

export interface Situation {
  readonly mortal: readonly number[];
  readonly cancelsWhenStuck: boolean;
  /** Bit set of the threads that use their signal. */
  readonly usesSignal: number;
  /** The thread that ran last, or -1. */
  readonly last: number;
  readonly spent: Budget;
  readonly limit: Limit;
  /** Take the last thread to stand before a plain operation, wherever it stands by now. */
  readonly assumePlain: boolean;
}

/**
 * The choices, the cheapest first: to let the last thread go on, to switch to another, and what the budgets allow. When
 * nobody can go on time passes for nothing, and a thread that spins goes on spinning. None: the schedule ends here.
 */
export function possibleChoices(states: readonly ThreadState[], situation: Situation): Choice[] {
  const { mortal, cancelsWhenStuck, usesSignal, last, spent, limit, assumePlain } = situation;
  const stands = (thread: number): boolean => assumePlain && thread === last;
  const choices: Choice[] = [];
  const offer = (happening: number, may: (state: ThreadState, thread: number) => boolean): void => {
    states.forEach((state, thread) => {
      if (may(state, thread)) choices.push(choiceOf(thread, happening));
    });
  };

  const lastRuns = last >= 0 && (assumePlain || isRunnable(states[last] as ThreadState));
  if (lastRuns) choices.push(choiceOf(last, Happening.run));
  if (!lastRuns || spent.preemptions < limit.preemptions) {
    offer(Happening.run, (state, thread) => thread !== last && isRunnable(state));
  }
  if (choices.length === 0 || spent.timeouts < limit.timeouts) {
    offer(Happening.timeOut, (state, thread) => !stands(thread) && canTimeOut(state));
  }
  if (choices.length === 0) offer(Happening.run, (state) => state.status === 'pending' && state.spins);
  const mayDie = (thread: number): boolean => spent.deaths < limit.deaths && mortal.includes(thread);
  if (choices.length === 0 && mayDie(last) && canDie(states[last] as ThreadState, true)) {
    return [choiceOf(last, Happening.rest), choiceOf(last, Happening.die)];
  }
  if (choices.length === 0 && !cancelsWhenStuck) return choices;
  if (limit.together && isInterrupted(choices[0]) && spent.preemptions >= limit.preemptions) return choices;
  if (spent.cancels < limit.cancels) {
    offer(
      Happening.cancel,
      (state, thread) => !stands(thread) && (usesSignal & (1 << thread)) !== 0 && canCancel(state),
    );
  }
  if (choices.length === 0) return choices;
  offer(
    Happening.die,
    (state, thread) => mayDie(thread) && (stands(thread) || canDie(state, thread === last || last < 0)),
  );
  return choices;
}

/** Whether it makes a difference that this thread ran last: it may go on, or may die after what it did last. */
export function mattersAsLast(state: ThreadState, isMortal: boolean): boolean {
  if (state.status === 'pending') return true;
  return isRunnable(state) || (isMortal && state.status === 'idle' && state.done);
}

/** What a choice costs at a point where `first` is the first of all possible choices. */
export function costOf(choice: Choice, last: number, first: Choice, together: boolean): Partial<Budget> {
  const preemptions = together && isInterrupted(first) ? 1 : 0;
  switch (happeningOf(choice)) {
    case Happening.run:
      return threadOf(choice) !== last && first === choiceOf(last, Happening.run) ? { preemptions: 1 } : {};
    case Happening.timeOut:
      return happeningOf(first) === Happening.timeOut ? {} : { timeouts: 1 };
    case Happening.cancel:
      return { cancels: 1, preemptions };
    case Happening.die:
      return { deaths: 1, preemptions };
    default:
      return {};
  }
}

/** Whether somebody could have gone on where this is the first of all possible choices. */
function isInterrupted(first: Choice | undefined): boolean {
  return first !== undefined && happeningOf(first) === Happening.run;
}

/** Whether the thread can go on by itself. */
export function isRunnable(state: ThreadState): boolean {
  switch (state.status) {
    case 'unstarted':
      return true;
    case 'pending':
      return !state.spins;
    case 'blocked':
      return state.woken;
    case 'idle':
      return state.inbox.length > 0 || (state.awaitsDeath && state.deaths.length > 0);
    case 'dead':
      return false;
  }
}

function canTimeOut(state: ThreadState): boolean {
  if (state.status === 'blocked') return state.timed && !state.woken;
  return state.status === 'idle' && !state.done && state.earliest !== 0 && !state.inbox.includes(state.earliest);
}

function canCancel(state: ThreadState): boolean {
  return !state.aborted && (state.status === 'unstarted' || (state.status === 'idle' && !state.done));
}

/**
 * A death commutes with the other threads' operations, except that it takes waiters out of their lists. So a thread
 * that is about to make an operation, or is done, need only die right after its last one; one that waits, at any point.
 */
function canDie(state: ThreadState, isAtItsLastStep: boolean): boolean {
  switch (state.status) {
    case 'pending':
      return isAtItsLastStep;
    case 'blocked':
      return true;
    case 'idle':
      return !state.done || isAtItsLastStep;
    case 'unstarted':
    case 'dead':
      return false;
  }
}
