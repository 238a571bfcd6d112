/**
 * What goes over a connection: lists whose first member says what they are. Numbers name things of one side: the side
 * that exposes an object numbers it, the side that calls numbers the call, the side that has a signal or a stream
 * numbers that. The object that a side exposes at the start has the number 0.
 */

/** The sender's connection is there. Answered with READY by a side that exposes an object. */
export const HELLO = 0;
/** The sender's object 0 can be called. */
export const READY = 1;
export const CALL = 2;
export const ANSWER = 3;
/** The caller wants no answer any more. There is one all the same: it says that the call is over. */
export const CANCEL = 4;
/** A signal that went with a call was aborted. */
export const ABORT = 5;
/** The sender has no more use for an object of the receiver. */
export const RELEASE = 6;
/** The reader of a stream takes so many more items. */
export const PULL = 7;
export const ITEM = 8;
/** The last of a stream: what it returned, or what it failed with. */
export const END = 9;
/** The reader of a stream wants no more. */
export const STOP = 10;

/** How a value travels; see wire-values.ts. */
export const RAW = 0;
/** By a transfer handler of the user: its name, and what it made of the value. */
export const HANDLED = 1;
/** A thrown value, as a record. */
export const THROWN = 2;
/** An object of the sender, by its number. */
export const OBJECT = 3;
/** A signal of the sender: its number, and the record of its reason if it is aborted already. */
export const SIGNAL = 4;
/** A stream of the sender, by its number. */
export const STREAM = 5;
/** Another way to an object of the sender, by its number. */
export const ENDPOINT = 6;
/** Why the call was not carried out, as a record: it can be made again elsewhere, whatever it does. */
export const REFUSED = 7;

/** A value that is not simply copied: at which place among the values, how it travels, what stands for it. */
export type Special = readonly [place: number, how: number, what: unknown];

/** What is done with what a path leads to: the words of Comlink's protocol. */
export type CallType = 'GET' | 'SET' | 'APPLY' | 'CONSTRUCT' | 'ENDPOINT';

const CALL_TYPES: readonly unknown[] = ['GET', 'SET', 'APPLY', 'CONSTRUCT', 'ENDPOINT'] satisfies CallType[];

/** A call as it travels. `specials` and `isCancellable` are left out at the end where they say nothing. */
export type CallFrame = readonly [
  kind: typeof CALL,
  call: number,
  object: number,
  type: CallType,
  path: readonly string[],
  /** The arguments; of SET the value. */
  values: readonly unknown[],
  specials?: readonly Special[] | 0,
  /** 1: the caller has given a signal or a timeout. */
  isCancellable?: 0 | 1,
];

/** Any frame, as it came: nothing of it is certain but that it is a list with a number in front. */
export type Frame = readonly [kind: number, ...rest: unknown[]];

export function isFrame(message: unknown): message is Frame {
  return Array.isArray(message) && typeof message[0] === 'number';
}

export function isCallFrame(frame: Frame): frame is CallFrame {
  const [, call, object, type, path, values, specials] = frame;
  return (
    isNumber(call) &&
    call > 0 &&
    isNumber(object) &&
    CALL_TYPES.includes(type) &&
    Array.isArray(path) &&
    path.every((name) => typeof name === 'string') &&
    Array.isArray(values) &&
    (specials === undefined || specials === 0 || (Array.isArray(specials) && specials.every(isSpecial)))
  );
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isSpecial(value: unknown): boolean {
  return Array.isArray(value) && isNumber(value[0]) && isNumber(value[1]);
}
