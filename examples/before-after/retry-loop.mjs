// A call of a service that is down for two calls, and then of one that is down for good, whose caller gives up soon.
//
//   before   catch { sleep(1000); again(); }: as long a wait each time, for ever, whatever the caller wants
//   after    retry: an exponential backoff, a limit, and an end of the wait when the caller gives up
import { setTimeout as sleep } from 'node:timers/promises';
import { retry } from 'reveille';

/** How long the caller who gives up has patience. */
const PATIENCE_MS = 10;

/** @returns {Promise<{ answer: string, calls: number, gaveUpAfter: number }>} */
export async function before() {
  const service = failing(2);
  /** @param {() => string} call @param {AbortSignal} [signal] @returns {Promise<string>} */
  const again = async (call, signal) => {
    try {
      signal?.throwIfAborted();
      return call();
    } catch (error) {
      if (signal?.aborted) throw error;
      await sleep(50);
      return again(call, signal);
    }
  };
  const answer = await again(service.call);
  const gaveUpAfter = await giveUp((signal) => again(failing(Infinity).call, signal));
  return { answer, calls: service.calls(), gaveUpAfter };
}

/** @returns {Promise<{ answer: string, calls: number, gaveUpAfter: number }>} */
export async function after() {
  const service = failing(2);
  const options = { attempts: 5, baseDelay: 50 };
  const answer = await retry(service.call, options);
  const gaveUpAfter = await giveUp((signal) => retry(failing(Infinity).call, { ...options, baseDelay: 1_000, signal }));
  return { answer, calls: service.calls(), gaveUpAfter };
}

/** Fails so many times, and then answers. @param {number} times */
function failing(times) {
  let calls = 0;
  const call = () => {
    if (++calls <= times) throw new Error('not now');
    return 'here';
  };
  return { call, calls: () => calls };
}

/** How long a call takes whose caller gives up. @param {(signal: AbortSignal) => Promise<string>} call */
async function giveUp(call) {
  const began = performance.now();
  await call(AbortSignal.timeout(PATIENCE_MS)).then(
    (answer) => Promise.reject(new Error(`Expected no answer, got '${answer}'`)),
    () => {},
  );
  return performance.now() - began;
}
