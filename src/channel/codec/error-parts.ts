import { errorClones } from './platform-clone.ts';
import { ERROR_NAMES } from './tags.ts';

/** What a structured clone keeps of an error. */
export interface ErrorParts {
  /** Index in ERROR_NAMES. */
  readonly kind: number;
  readonly message: string | undefined;
  readonly cause: { readonly value: unknown } | undefined;
  readonly stack: string | undefined;
}

const { isError } = Error as typeof Error & { isError?: (value: unknown) => boolean };
const constructors: readonly ErrorConstructor[] = [
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
] as readonly ErrorConstructor[];

/**
 * Takes an error apart as the platform's structured clone does: the class goes by `name`, message and cause count only
 * as own data properties, all others are dropped. Undefined where the platform does otherwise, or in doubt.
 */
export function errorParts(value: object): ErrorParts | undefined {
  const clones = errorClones();
  if (clones === 'otherwise' || !isSurelyError(value)) return undefined;
  const message = Object.getOwnPropertyDescriptor(value, 'message');
  const cause = Object.getOwnPropertyDescriptor(value, 'cause');
  const { name, stack } = value as { readonly name: unknown; readonly stack: unknown };
  if (cause !== undefined && 'value' in cause && clones === 'primitive causes' && isObject(cause.value))
    return undefined;
  // `${name}` throws for a symbol, as the platform does.
  const kind = name === undefined ? 0 : ERROR_NAMES.indexOf(`${name as string}`);
  return {
    kind: kind < 0 ? 0 : kind,
    message: message !== undefined && 'value' in message ? `${message.value as string}` : undefined,
    cause: cause !== undefined && 'value' in cause ? { value: cause.value as unknown } : undefined,
    stack: typeof stack === 'string' ? stack : undefined,
  };
}

/** A new error of that class; its cause, which may lead back to it, is set by `setCause`. */
export function makeError(kind: number, message: string | undefined, stack: string | undefined): Error {
  const error = new (constructors[kind] as ErrorConstructor)(message);
  const own = Object.getOwnPropertyDescriptor(error, 'stack');
  if (own?.set !== undefined) error.stack = stack as string;
  else defineHidden(error, 'stack', stack);
  return error;
}

export function setCause(error: Error, cause: unknown): void {
  defineHidden(error, 'cause', cause);
}

function defineHidden(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, writable: true, enumerable: false });
}

function isSurelyError(value: object): boolean {
  if (isError !== undefined) return isError(value);
  for (let link: object | null = value; link !== null; link = Object.getPrototypeOf(link) as object | null) {
    if (Object.getOwnPropertyDescriptor(link, Symbol.toStringTag) !== undefined) return false;
  }
  return true;
}

function isObject(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
