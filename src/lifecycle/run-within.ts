/** Work under a deadline of its own. */
import { deadlines } from '../signal/deadlines.ts';
import { LoopHold } from '../signal/keep-alive.ts';
import { timeoutError } from '../signal/wait-options.ts';

/**
 * Runs `fn`, and settles as it does or rejects with a DeadlineExceededError exactly after `timeout` milliseconds,
 * whether it stops then or not; its signal fires at that moment, for the same reason. The process does not end before.
 *
 * @param what - what is being done, for the error's message
 */
export async function runWithin<T>(
  what: string,
  timeout: number,
  fn: (signal: AbortSignal) => T | PromiseLike<T>,
): Promise<T> {
  const controller = new AbortController();
  const time = deadlines();
  const loop = new LoopHold();
  let late: ((error: unknown) => void) | undefined;
  const deadline = time.add(time.now() + timeout, () => {
    const error = timeoutError(what, timeout);
    controller.abort(error);
    late?.(error);
  });
  loop.hold();
  try {
    const work = (async () => await fn(controller.signal))();
    return await Promise.race([work, new Promise<never>((_, reject) => (late = reject))]);
  } finally {
    deadline.cancel();
    loop.release();
  }
}
