/**
 * How a thread is brought to its end. It is told to leave, and terminated where that is proof that it has stopped; on
 * Deno that holds only once the thread has prepared for it (see `Runtime.prepareForTermination`), and until then its
 * own leaving is the proof. One that gives no sign of its end in time is given up, so that nobody waits for it.
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
  }

  /** The thread is gone. */
  ended(thread: PoolThread): void {
    thread.patience?.cancel();
    thread.isGone = true;
  }

  #await(thread: PoolThread): void {
    const isKillable = this.#isKillable(thread);
    // If this thread itself is busy for so long, the news of the end may be waiting in the event loop: that goes first.
    const onPatienceEnd = (): void => {
      if (thread.isGone) return;
      if (!isKillable && this.#isKillable(thread)) this.#await(thread);
      else this.#giveUp(thread);
    };
    const end = runtime().now() + END_PATIENCE_MS;
    thread.patience = this.#deadlines.add(end, () => runtime().defer(onPatienceEnd));
    if (isKillable) thread.thread.terminate();
  }

  #giveUp(thread: PoolThread): void {
    thread.givenUp = true;
    if (!this.#isKillable(thread)) {
      // Its end will be no proof.
      thread.thread.terminate();
      thread.isLost = true;
    }
    this.#onGivenUp(thread);
  }

  #isKillable(thread: PoolThread): boolean {
    return runtime().terminationIsProof || load(this.#region.i32, this.#region.control(thread.index) + KILLABLE) === 1;
  }
}
