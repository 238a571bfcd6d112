// Tasks that are given tokens; `started` is an event that they set once they are under way.

/** @typedef {import('reveille').CancelToken} CancelToken */
/** @typedef {import('reveille').ManualResetEvent} ManualResetEvent */

/** @param {CancelToken} token @param {ManualResetEvent} started */
export function spin(token, started) {
  started.set();
  while (!token.isCancelled);
  token.throwIfCancelled();
}

/** The loop never looks at its parent by itself. @param {CancelToken} parent @param {ManualResetEvent} started */
export function spinOnChild(parent, started) {
  const child = parent.child({ timeout: 60_000 });
  started.set();
  while (!child.isCancelled);
  const { reason } = child;
  child[Symbol.dispose]();
  throw reason;
}

/** @param {CancelToken} token @param {ManualResetEvent} started */
export function block(token, started) {
  started.set();
  token.waitSync();
  throw token.reason;
}

/** @param {CancelToken} token @param {ManualResetEvent} started */
export async function awaitSignal(token, started) {
  const aborted = new Promise((resolve) => token.signal.addEventListener('abort', resolve));
  started.set();
  await aborted;
  throw token.signal.reason;
}

/** @param {CancelToken} token @param {string} why */
export const cancel = (token, why) => token.cancel(Object.assign(new RangeError(why), { code: 'E_WHY' }));

/** @param {CancelToken} token */
export const look = (token) => [token.isCancelled, token.deadline, void token.signal];

/** @param {CancelToken} token @param {ManualResetEvent} started */
export function dieWaiting(token, started) {
  void token.wait();
  void token.signal;
  started.set();
  process.exit(3);
}
