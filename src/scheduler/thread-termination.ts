/**
 * How a thread is brought to its end. It is told to leave, and terminated where that stops it whatever it does; on Deno
 * that holds only once the thread has prepared for it (see `Runtime.prepareForTermination`), and until then it is left
 * to leave by itself. One that gives no sign of its end in time is given up, so that nobody waits for it.
 */
import { load, store } from '../memory/atomic.ts';
import type { Deadlines } from '../pacing/deadlines.ts';
import { runtime } from '../runtime.ts';
import { KILLABLE, type Region, STOP, STOP_NOW } from './layout.ts';
import type { PoolThread } from './pool-thread.ts';

/** How long an ended thread may take to be gone before it counts as stuck. */
const END_PATIENCE_MS = 2000;

export class ThreadTermination {
  readonly #region: Region;
  readonly #deadlines: Deadlines;
  readonly #ring: (thread: number) => void;
  readonly #onGivenUp: (thread: PoolThread) => void;

  constructor(
    region: Region,
    deadlines: Deadlines,
    ring: (thread: number) => void,
    onGivenUp: (thread: PoolThread) => void,
  ) {
    this.#region = region;
    this.#deadlines = deadlines;
    this.#ring = ring;
    this.#onGivenUp = onGivenUp;
  }

  /** Says in the thread's STOP word how it is to stop, and wakes it. */
  tell(thread: PoolThread, stop: number): void {
    thread.state = 'stopping';
    store(this.#region.i32, this.#region.control(thread.index) + STOP, stop);
    this.#ring(thread.index);
  }

  /** Ends the thread now. */
  end(thread: PoolThread, why: string): void {
    if (thread.terminated) return;
    thread.reason ??= why;
    this.tell(thread, STOP_NOW);
    thread.terminated = true;
    this.#await(thread);
    if (this.#isKillable(thread)) thread.thread.terminate();
  }

  /** The thread can be ended from now on, as was wanted before. */
  endNow(thread: PoolThread): void {
    if (thread.terminated) thread.thread.terminate();
  }

  /** The thread exits by itself, and may need help with it. */
  finish(thread: PoolThread): void {
    if (thread.terminated) return;
    this.#await(thread);
    thread.thread.terminate();
  }

  /** The thread is gone. */
  ended(thread: PoolThread): void {
    thread.patience?.cancel();
    thread.isGone = true;
  }

  #await(thread: PoolThread): void {
    thread.patience?.cancel();
    const wasKillable = this.#isKillable(thread);
    // If this thread itself is busy for so long, the news of the end may be waiting in the event loop: that goes first.
    const onPatienceEnd = (): void => {
      if (thread.isGone) return;
      if (wasKillable || !this.#isKillable(thread)) return this.#giveUp(thread);
      this.#await(thread);
      thread.thread.terminate();
    };
    const end = runtime().now() + END_PATIENCE_MS;
    thread.patience = this.#deadlines.add(end, () => runtime().defer(onPatienceEnd));
  }

  #giveUp(thread: PoolThread): void {
    thread.givenUp = true;
    thread.thread.terminate();
    this.#onGivenUp(thread);
  }

  #isKillable(thread: PoolThread): boolean {
    return runtime().terminationIsProof || load(this.#region.i32, this.#region.control(thread.index) + KILLABLE) === 1;
  }
}
