import { describe, sanitize } from './sanitize.ts';

/**
 * Thrown values as plain data and back. A structured clone of an error keeps too little (no code, no properties of
 * its own, no `errors`; on JavaScriptCore no cause), so what tasks throw travels as a record instead.
 */

/** A member of an error: an error of the record's list, or any other value. */
type Member = { readonly error: number } | { readonly value: unknown };

interface ErrorEntry {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** True for a DOMException, whose name is no class. */
  readonly isDomException: boolean;
  /** Members that enumeration does not show: cause, errors and the like. */
  readonly hidden: readonly (readonly [string, Member])[];
  /** AggregateError's list. */
  readonly errors: readonly Member[] | undefined;
  readonly own: readonly (readonly [string, Member])[];
}

interface ErrorRecord {
  readonly thrown: Member;
  readonly errors: readonly ErrorEntry[];
}

/** Members that errors keep hidden but that belong to them. `code` may even be on the prototype. */
const HIDDEN_MEMBERS: readonly string[] = ['cause', 'code', 'error', 'suppressed'];
/** What an entry has a place of its own for. */
const TAKEN: ReadonlySet<string> = new Set(['message', 'stack', 'cause']);

type ErrorMaker = (message: string) => Error;

const builtins: ReadonlyMap<string, ErrorMaker> = new Map<string, ErrorMaker>([
  ['Error', (message) => new Error(message)],
  ['EvalError', (message) => new EvalError(message)],
  ['RangeError', (message) => new RangeError(message)],
  ['ReferenceError', (message) => new ReferenceError(message)],
  ['SyntaxError', (message) => new SyntaxError(message)],
  ['TypeError', (message) => new TypeError(message)],
  ['URIError', (message) => new URIError(message)],
  ['AggregateError', (message) => new AggregateError([], message)],
]);

/**
 * A plain value that stands for what was thrown, an error or not, and that can be cloned. Never throws: what cannot be
 * cloned is replaced by a description of it, what cannot be read is left out.
 */
export function toErrorRecord(thrown: unknown): unknown {
  const errors: ErrorEntry[] = [];
  const numbers = new Map<object, number>();

  const member = (value: unknown): Member => {
    if (!isErrorLike(value)) return { value: sanitize(value) };
    const known = numbers.get(value);
    if (known !== undefined) return { error: known };
    const number = errors.length;
    numbers.set(value, number);
    // Holds the place while the error's own members, which may lead back here, are read.
    errors.push({
      name: '',
      message: '',
      stack: undefined,
      isDomException: false,
      hidden: [],
      errors: undefined,
      own: [],
    });
    errors[number] = entryOf(value, member);
    return { error: number };
  };

  try {
    const record: ErrorRecord = { thrown: member(thrown), errors };
    return record;
  } catch {
    // Nesting deeper than the stack, or a Proxy that throws at everything.
    return { thrown: { value: describe(thrown) }, errors: [] } satisfies ErrorRecord;
  }
}

/** What `toErrorRecord` was given, as near as can be: errors of builtin classes are of those classes again. */
export function fromErrorRecord(record: unknown): unknown {
  const { thrown, errors: entries } = record as ErrorRecord;
  const errors = entries.map(revive);
  const valueOf = (member: Member): unknown => ('error' in member ? errors[member.error] : member.value);
  entries.forEach((entry, i) => {
    const error = errors[i] as Error;
    for (const [name, member] of entry.hidden) define(error, name, valueOf(member), false);
    if (entry.errors !== undefined) define(error, 'errors', entry.errors.map(valueOf), false);
    for (const [name, member] of entry.own) define(error, name, valueOf(member), true);
  });
  return valueOf(thrown);
}

function entryOf(error: object, member: (value: unknown) => Member): ErrorEntry {
  const own: [string, Member][] = [];
  const hidden: [string, Member][] = [];
  const enumerable = new Set(attempt(() => Object.keys(error)) ?? []);
  for (const name of enumerable) {
    if (!TAKEN.has(name)) readMember(error, name, own, member);
  }
  for (const name of HIDDEN_MEMBERS) {
    const isHere = name === 'code' ? attempt(() => name in error) : attempt(() => Object.hasOwn(error, name));
    if (isHere === true && (name === 'cause' || !enumerable.has(name))) readMember(error, name, hidden, member);
  }
  const errors = attempt(() => Object.getOwnPropertyDescriptor(error, 'errors')?.value as unknown);
  return {
    name: textOf(error, 'name') ?? 'Error',
    message: textOf(error, 'message') ?? '',
    stack: textOf(error, 'stack'),
    isDomException: isDomException(error),
    hidden,
    errors: Array.isArray(errors) && !enumerable.has('errors') ? errors.map(member) : undefined,
    own,
  };
}

function readMember(error: object, name: string, into: [string, Member][], member: (value: unknown) => Member): void {
  const read = attempt(() => ({ value: (error as Record<string, unknown>)[name] }));
  if (read !== undefined) into.push([name, member(read.value)]);
}

function revive(entry: ErrorEntry): Error {
  const { name, message, stack } = entry;
  const error =
    entry.isDomException && typeof DOMException === 'function'
      ? new DOMException(message, name)
      : makeError(name, message);
  const own = Object.getOwnPropertyDescriptor(error, 'stack');
  if (own?.set !== undefined) error.stack = stack as string;
  else define(error, 'stack', stack, false);
  if (error.name !== name) define(error, 'name', name, false);
  return error;
}

function makeError(name: string, message: string): Error {
  const make = builtins.get(name);
  return make === undefined ? new Error(message) : make(message);
}

function define(error: Error, name: string, value: unknown, enumerable: boolean): void {
  // A DOMException's `code` and the like are the prototype's own business.
  if (!enumerable && name in error && (error as unknown as Record<string, unknown>)[name] === value) return;
  Object.defineProperty(error, name, { value, enumerable, configurable: true, writable: true });
}

function textOf(error: object, name: string): string | undefined {
  return attempt(() => {
    const value = (error as Record<string, unknown>)[name];
    return value === undefined ? undefined : String(value);
  });
}

function isErrorLike(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return attempt(() => value instanceof Error || Object.prototype.toString.call(value) === '[object Error]') === true;
}

function isDomException(error: object): boolean {
  return typeof DOMException === 'function' && attempt(() => error instanceof DOMException) === true;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
