/** A wait for one primitive: what most `wait` and `waitSync` methods are. */
import type { Primitive } from './primitive.ts';
import type { SyncWaitOptions, WaitOptions } from './wait-options.ts';
import { Wait, type Waiter } from './wait.ts';
import { waitBlocking, waitInLoop } from './waiting.ts';

/**
 * Waits in the event loop for what `primitive` gives. Whatever is wrong shows as a rejection.
 *
 * @param method - that the caller called, for messages
 * @param result - makes the result in the step in which it was taken
 */
export function waitForOne<T>(
  primitive: Primitive,
  method: string,
  options: WaitOptions,
  result: (waiter: Waiter) => T,
  amount = 1,
): Promise<T> {
  const wait = new Wait();
  try {
    primitive.check();
    primitive.addTo(wait, 0, amount);
  } catch (error) {
    return Promise.reject(error);
  }
  return waitInLoop(wait, `${primitive.name}.${method}`, options, () => result(wait.waiters[0] as Waiter));
}

/**
 * Blocks the thread until `primitive` gives something.
 *
 * @param twin - the method to use on a thread that must not block
 */
export function blockForOne<T>(
  primitive: Primitive,
  method: string,
  twin: string,
  options: SyncWaitOptions,
  result: (waiter: Waiter) => T,
  amount = 1,
): T {
  primitive.check();
  const wait = new Wait();
  primitive.addTo(wait, 0, amount);
  const { name } = primitive;
  return waitBlocking(wait, `${name}.${method}`, `${name}.${twin}`, options, () => result(wait.waiters[0] as Waiter));
}

/** The result of a wait that gives nothing but that it is over. */
export function nothing(): void {}
