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

/** How many hold the event loop: to look for those who forgot to let go. */
export function loopHolders(): number {
  return holders;
}

/** One holder's claim on the event loop; holding and releasing twice is the same as once. */
export class LoopHold {
  #held = false;

  hold(): void {
    if (this.#held) return;
    this.#held = true;
    holdLoop();
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    releaseLoop();
  }
}
