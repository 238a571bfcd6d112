/**
 * The two Ctrl-Cs: the first signal asks the program to stop, the second ends it at once.
 *
 * A program that has stopped is not ended by `exit`, which would cut off what is still being written: the listeners are
 * taken back, so that it ends by itself, and a further signal does what it does without them.
 */
import { DeadlineExceededError, LifecycleError } from '../errors.ts';
import { waitWithin } from '../pacing/timeout.ts';
import { runtime } from '../runtime.ts';
import { checkWaitOptions, describe } from '../signal/wait-options.ts';

/** Their numbers, as on Linux and macOS; Windows has SIGINT, SIGHUP and SIGBREAK only. */
const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15, SIGBREAK: 21 } as const;
/** How long a stop may take unless told. */
const STOP_TIMEOUT_MS = 10_000;

/** A signal that asks a program to stop. */
export type ProcessSignal = keyof typeof NUMBERS;

/** What can be asked to stop: a Lifecycle. */
export interface Stoppable {
  stop(options: { readonly timeout: number }): PromiseLike<{ readonly clean: boolean }>;
}

/** Options for {@linkcode onProcessSignals}. */
export interface ProcessSignalsOptions {
  /** Which signals. @default ['SIGINT', 'SIGTERM'] */
  readonly signals?: readonly ProcessSignal[] | undefined;
  /** Milliseconds that the stop may take before the end is forced. @default 10000 */
  readonly timeout?: number | undefined;
  /**
   * Forces the end: at the second signal, when time is up, and when something did not stop as it should. By default the
   * process exits, with the code that shells give to the signal (130 for SIGINT, 143 for SIGTERM).
   */
  readonly onForce?: ((signal: ProcessSignal) => void) | undefined;
}

/**
 * Stops a program when its process is told to end. Call it on the main thread: others get no signals.
 *
 * @param target - a Lifecycle, which is stopped; or what is called with the signal's name at the first signal. Its own
 *   AbortSignal fires when time is up
 * @returns what takes the listeners back, for a program that goes on
 * @throws {LifecycleError} in another thread than the main one.
 * @example
 * ```ts
 * onProcessSignals(app, { timeout: 5_000 });
 * onProcessSignals(async () => { await server.close(); await pool.close(); });
 * ```
 */
export function onProcessSignals(
  target: Stoppable | ((signal: ProcessSignal, late: AbortSignal) => unknown),
  options: ProcessSignalsOptions = {},
): Disposable {
  const { signals, timeout, onForce } = checkOptions(target, options);
  if (runtime().mayBlock) throw new LifecycleError('Cannot listen to signals here: only the main thread gets them');
  let first: ProcessSignal | undefined;

  const ask = async (signal: ProcessSignal): Promise<void> => {
    try {
      const stop = (late: AbortSignal): unknown =>
        typeof target === 'function' ? target(signal, late) : target.stop({ timeout });
      const outcome = await waitWithin(stop, { timeout }, `Stopping at ${signal}`);
      close();
      if (typeof target !== 'function' && !(outcome as { readonly clean: boolean }).clean) onForce(signal);
    } catch (error) {
      close();
      if (!(error instanceof DeadlineExceededError)) throw error;
      onForce(signal);
    }
  };
  const unlisten = signals.map((signal) =>
    runtime().onSignal(signal, () => {
      if (first !== undefined) return onForce(signal);
      first = signal;
      // What it throws is nobody else's: let it end the process as an error that nobody caught.
      void ask(signal);
    }),
  );
  const close = (): void => {
    for (const each of unlisten.splice(0)) each();
  };
  return { [Symbol.dispose]: close };
}

/** The exit code that shells give to a program that `signal` has ended. */
export function exitCodeOf(signal: ProcessSignal): number {
  return 128 + NUMBERS[signal];
}

function checkOptions(target: unknown, options: ProcessSignalsOptions): Checked {
  const isStoppable = typeof target === 'object' && target !== null && 'stop' in target;
  if (typeof target !== 'function' && !isStoppable) {
    throw new TypeError(`Expected what to stop to be a function or an object with stop, got ${describe(target)}`);
  }
  checkWaitOptions({ timeout: options.timeout });
  const { signals = ['SIGINT', 'SIGTERM'], timeout = STOP_TIMEOUT_MS, onForce = exitBy } = options;
  const unknown = signals.find((signal) => !Object.hasOwn(NUMBERS, signal));
  if (unknown !== undefined) {
    const known = Object.keys(NUMBERS).join(', ');
    throw new TypeError(`Expected option 'signals' to be of ${known}, got ${describe(unknown)}`);
  }
  if (typeof onForce !== 'function') {
    throw new TypeError(`Expected option 'onForce' to be a function, got ${describe(onForce)}`);
  }
  return { signals, timeout, onForce };
}

interface Checked {
  readonly signals: readonly ProcessSignal[];
  readonly timeout: number;
  readonly onForce: (signal: ProcessSignal) => void;
}

function exitBy(signal: ProcessSignal): void {
  runtime().exit(exitCodeOf(signal));
}
