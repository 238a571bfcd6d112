/** The call that is being carried out, for the code that carries it out. */
import { type AsyncContext, runtime } from '../runtime.ts';

/** What is known of a call that can be cancelled. */
export interface CurrentCall {
  /** Aborted when the caller cancels the call, when its time is over, and when the caller is gone. */
  readonly signal: AbortSignal;
}

// Made for the first call that needs it: it costs every promise of the thread a little, on Node 20 and 22 a lot.
let context: AsyncContext<CurrentCall> | undefined;

/**
 * The call that runs this code. Undefined outside of calls, and in those that nobody can cancel: those made without a
 * `signal` or `timeout` of their own (see {@linkcode withCall}).
 *
 * @example
 * ```ts
 * expose({ render: (scene) => renderer.run(scene, { signal: currentCall()?.signal }) }, parentPort);
 * ```
 */
export function currentCall(): CurrentCall | undefined {
  return context?.get();
}

/** Has `currentCall` say this in all that `callback` starts. */
export function runInCall(call: CurrentCall, callback: () => void): void {
  context ??= runtime().asyncContext<CurrentCall>();
  context.run(call, callback);
}
