/**
 * Which errors say that a call was not carried out. The other side's program cannot make one: it is told by the answer
 * itself, not by the error, so an error of this kind that a method passes on counts as that method's own.
 */
const refused = new WeakSet<object>();

/** Notes that a call ended with this error without having been carried out. */
export function noteRefused(error: unknown): unknown {
  if (typeof error === 'object' && error !== null) refused.add(error);
  return error;
}

/** Whether the call that ended with this error was not carried out, and so can be made again. */
export function wasRefused(error: unknown): boolean {
  return typeof error === 'object' && error !== null && refused.has(error);
}
