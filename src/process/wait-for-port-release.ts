/** Waits until a port is free. */
import { DeadlineExceededError, PortInUseError, type PortOwner } from '../errors.ts';
import { waitWithin } from '../pacing/timeout.ts';
import { type Deadline, deadlines } from '../signal/deadlines.ts';
import { watchPromise } from '../signal/watch-promise.ts';
import { canBind } from './bind-probe.ts';
import { Lifeline } from './lifeline.ts';
import { Lookout } from './lookout.ts';
import { checkPort, checkPortOptions, nameOfPort, type PortWaitOptions } from './port-options.ts';
import { portOwner } from './port-owner.ts';

/** How long before the deadline the system is asked who has the port: for the error that may be due then. */
const ASK_AHEAD_MS = 500;
/** How long the error may wait for the system's answer: some milliseconds, unless the machine is overloaded. */
const ANSWER_LIMIT_MS = 3_000;
const LONGEST_COMMAND = 100;
const LATE = Symbol('late');

/**
 * Waits until a server could listen on the port.
 *
 * A port that somebody else has tells of nothing by itself. So the wait connects to it and watches that connection,
 * which ends together with the process behind it; it watches `exited`; and it asks again after 1 ms, and each time half
 * as long again later, up to 50 ms.
 *
 * @param options - `exited`: what settles when the process that has the port ends
 * @throws {PortInUseError} a DeadlineExceededError, after `timeout` milliseconds, that says who has the port. With a
 *   `timeout` below half a second it comes some milliseconds later, which the system takes to tell. 0: looks once
 * @throws also the signal's reason, at once; the system's error where nobody could listen (EACCES)
 * @example
 * ```ts
 * child.kill();
 * await waitForPortRelease(8080, { exited: once(child, 'exit'), timeout: 5_000 });
 * ```
 */
export async function waitForPortRelease(port: number, options: PortWaitOptions = {}): Promise<void> {
  checkPort(port);
  const { host, signal, timeout, exited } = checkPortOptions(options);
  const lifeline = new Lifeline(port, host, () => lookout.wake());
  const lookout = new Lookout(`${nameOfPort(port, host)} to be free`, async () => {
    if (await canBind(port, host)) return { found: true };
    lifeline.hold();
    inquiry.open();
    return { lacks: 'is in use' };
  });
  const inquiry = new OwnerInquiry(port, timeout);
  const wake = (): void => lookout.wake();
  const unwatch = exited === undefined ? undefined : watchPromise(exited, { fulfilled: wake, rejected: wake });
  try {
    await lookout.wait(options, () => LATE);
  } catch (error) {
    if (error !== LATE) throw error;
    throw inUse(port, host, timeout ?? 0, await inquiry.answer(signal));
  } finally {
    unwatch?.();
    lifeline.release();
    inquiry.close();
  }
}

/** Asks who has a port, in time for an error that is due at the deadline; not at all if the wait ends well before. */
class OwnerInquiry {
  readonly #port: number;
  readonly #askAt: number;
  #deadline: Deadline | undefined;
  #answer: Promise<PortOwner | undefined> | undefined;

  constructor(port: number, timeout = Infinity) {
    this.#port = port;
    this.#askAt = deadlines().now() + timeout - ASK_AHEAD_MS;
  }

  /** The port is known to be taken. */
  open(): void {
    this.#deadline ??= deadlines().add(this.#askAt, () => void this.#ask());
  }

  async answer(signal: AbortSignal | undefined): Promise<PortOwner | undefined> {
    try {
      return await waitWithin(() => this.#ask(), { signal, timeout: ANSWER_LIMIT_MS }, 'Asking who has the port');
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof DeadlineExceededError) return undefined;
      throw error;
    }
  }

  close(): void {
    this.#deadline?.cancel();
  }

  #ask(): Promise<PortOwner | undefined> {
    this.#answer ??= portOwner(this.#port);
    return this.#answer;
  }
}

/** `Port 50000 still in use by pid 123 (node server.js) after 3000 ms` */
export function inUse(
  port: number,
  host: string | undefined,
  timeout: number,
  owner: PortOwner | undefined,
): PortInUseError {
  const by = ownerInWords(owner);
  const when = timeout === 0 ? `in use${by}` : `still in use${by} after ${timeout} ms`;
  return new PortInUseError(`${nameOfPort(port, host)} ${when}`, port, owner);
}

/** ` by pid 123 (node server.js)`, or nothing where it is not known. */
export function ownerInWords(owner: PortOwner | undefined): string {
  if (owner === undefined) return '';
  const { pid, command } = owner;
  const short = command.length > LONGEST_COMMAND ? `${command.slice(0, LONGEST_COMMAND)}...` : command;
  return ` by pid ${pid}${short === '' ? '' : ` (${short})`}`;
}
