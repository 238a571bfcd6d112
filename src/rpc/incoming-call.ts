/** A call of the other side, from its arrival to its answer. */
import { runInCall } from './current-call.ts';
import { type CallFrame, SIGNAL } from './link-frames.ts';

const NONE: readonly never[] = [];

/** One call. It is over once it is answered, and not before: the caller counts it until then. */
export class IncomingCall {
  readonly number: number;
  readonly frame: CallFrame;
  readonly #controller: AbortController | undefined;
  /** Whether the caller wants no answer any more. */
  isCancelled = false;
  /** Whether it was let in, and is not over. */
  isIn = false;
  /** Whether it is carried out, rather than waits for its turn. */
  isRunning = false;

  constructor(frame: CallFrame) {
    this.frame = frame;
    this.number = frame[1];
    this.#controller = frame[7] === 1 ? new AbortController() : undefined;
  }

  /** Whether its caller has given a signal or a timeout. */
  get isCancellable(): boolean {
    return this.#controller !== undefined;
  }

  /** Runs `carryOut` so that `currentCall()` says this call, if it is one that can be cancelled. */
  run(carryOut: () => void): void {
    if (this.#controller === undefined) carryOut();
    else runInCall({ signal: this.#controller.signal }, carryOut);
  }

  cancel(reason: unknown): void {
    this.isCancelled = true;
    this.#controller?.abort(reason);
  }

  /** The signals that came with it, as they travelled. */
  get signals(): readonly unknown[] {
    const specials = this.frame[6];
    return Array.isArray(specials)
      ? specials.filter(([, how]) => how === SIGNAL).map(([, , what]) => what as unknown)
      : NONE;
  }
}
