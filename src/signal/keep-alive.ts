/**
 * Keeps this thread's event loop alive while somebody waits: `Atomics.waitAsync` by itself does not, on any runtime
 * (https://github.com/nodejs/node/issues/44409, https://github.com/denoland/deno/issues/15358).
 */
import { type KeepAlive, runtime } from '../runtime.ts';

let keepAlive: KeepAlive | undefined;
let holders = 0;

/** One more wait that the process must not end before. */
export function holdLoop(): void {
  if (holders++ > 0) return;
  keepAlive ??= runtime().keepAlive();
  keepAlive.hold();
}

/** One fewer. */
export function releaseLoop(): void {
  if (--holders === 0) keepAlive?.release();
}
