/** A thread under test, as the controller sees it. */
import type { Control } from './control.ts';
import { EARLIEST, COUNT, Flag, FLAGS, OFFSET, OPERATION, Operation, REPORT, Report } from './lane.ts';

export interface ThreadState {
  status: 'unstarted' | 'pending' | 'blocked' | 'idle' | 'dead';
  done: boolean;
  /** The pending operation, or the word that a blocked thread waits on. */
  operation: number;
  offset: number;
  count: number;
  timed: boolean;
  woken: boolean;
  /** Async waiters that were notified, in order: their promises resolve one per turn of the event loop. */
  inbox: number[];
  /** Deaths that this thread has not been told of. */
  deaths: number[];
  awaitsDeath: boolean;
  earliest: number;
  aborted: boolean;
  /** Stands at a `pause`, and nobody else has run since it got there: it would spin. */
  spins: boolean;
}

export function newThread(): ThreadState {
  return {
    status: 'unstarted',
    done: false,
    operation: 0,
    offset: 0,
    count: 0,
    timed: false,
    woken: false,
    inbox: [],
    deaths: [],
    awaitsDeath: false,
    earliest: 0,
    aborted: false,
    spins: false,
  };
}

/** Takes in what a thread reported. Returns the report's flags. */
export function readReport(control: Control, thread: number, state: ThreadState): number {
  const read = (field: number): number => control.words[control.lane(thread, field)] as number;
  const flags = read(FLAGS);
  state.done = (flags & Flag.done) !== 0;
  state.awaitsDeath = (flags & Flag.awaitsDeath) !== 0;
  state.timed = (flags & Flag.timed) !== 0;
  state.earliest = read(EARLIEST);
  state.operation = read(OPERATION);
  state.offset = read(OFFSET);
  state.count = read(COUNT);
  state.woken = false;
  switch (read(REPORT)) {
    case Report.pending:
      state.status = 'pending';
      state.spins = state.operation === Operation.pause;
      break;
    case Report.blocked:
      state.status = 'blocked';
      break;
    case Report.dead:
      state.status = 'dead';
      break;
    default:
      state.status = 'idle';
  }
  return flags;
}
