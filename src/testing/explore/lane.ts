/** The words of the memory through which the controller tells a thread what to do, and the thread what it did. */

export const MAX_STEPS = 4096;

// Words of a lane.
export const GO = 0;
export const COMMAND = 1;
export const ARGUMENT = 2;
export const REPORT = 3;
export const OPERATION = 4;
export const OFFSET = 5;
export const COUNT = 6;
export const FLAGS = 7;
/** Number of the async waiter that was registered since the last report, or 0. */
export const REGISTERED = 8;
export const REGISTERED_OFFSET = 9;
export const LOGGED = 10;
/** What the thread's earliest timer is: 0 none, -1 a plain timer, otherwise the async waiter that would time out. */
export const EARLIEST = 11;
export const LOG = 16;
export const LANE_WORDS: number = LOG + MAX_STEPS * 2;

/** What the controller tells a thread. */
export const Command = {
  open: 1,
  start: 2,
  grant: 3,
  wake: 4,
  timeOut: 5,
  resolve: 6,
  fire: 7,
  abort: 8,
  death: 9,
  die: 10,
  close: 11,
  check: 12,
  rest: 13,
} as const;

/** A command to a thread, and the number that comes with it. */
export interface Told {
  readonly thread: number;
  readonly command: number;
  readonly argument: number;
}

/** What a thread reports when it stops. */
export const Report = {
  ready: 1,
  pending: 2,
  blocked: 3,
  idle: 4,
  dead: 5,
} as const;

/** Bits of a report's FLAGS. */
export const Flag = {
  done: 1,
  failed: 2,
  timed: 4,
  awaitsDeath: 8,
  usesSignal: 16,
  /** Something was logged before the first operation since the last report. */
  notes: 32,
  usesScratch: 64,
} as const;

/** Operations. Up to LAST_PLAIN they neither block nor wake, so a thread may be told to make several in one go. */
export const Operation = {
  load: 0,
  store: 1,
  add: 2,
  sub: 3,
  and: 4,
  or: 5,
  xor: 6,
  exchange: 7,
  compareExchange: 8,
  step: 9,
  wait: 10,
  waitAsync: 11,
  notify: 12,
  pause: 13,
  overrun: 14,
} as const;
export const LAST_PLAIN = Operation.step as number;
export const OPERATION_NAMES: readonly string[] = Object.keys(Operation);
