/**
 * A cancellation that all threads can see. What it is in shared memory is told in cancel-block.ts.
 *
 * **A child knows its parent, and not the other way round.** It looks at its parent's word after its own, and a wait
 * for it is a wait for its ancestors as well. So a parent's cancel reaches children in loops that never yield, a cancel
 * costs the same however many children there are, and a child that ends leaves nothing to be taken out anywhere: what
 * makes `AbortSignal.any` leak (https://github.com/nodejs/node/issues/55351) has no place to be. The idea that children
 * inherit the earlier deadline and the reason is that of Go's contexts (https://pkg.go.dev/context).
 *
 * **Nobody holds a timer for a deadline** unless somebody in that thread waits: who looks reads the clock, and who
 * waits is woken by a timer of its own thread. So a deadline holds although the thread that set it is blocked or dead.
 */
import { ReveilleError } from '../errors.ts';
import type { Arena } from '../memory/arena.ts';
import { type Handle, registerKind } from '../memory/shared-object.ts';
import { now } from '../pacing/clock.ts';
import { KIND } from '../signal/primitive-block.ts';
import { Primitive } from '../signal/primitive.ts';
import { describe, isAbortSignal, type SyncWaitOptions, type WaitOptions } from '../signal/wait-options.ts';
import { blockForOne, nothing, waitForOne } from '../signal/wait-for-one.ts';
import type { Wait } from '../signal/wait.ts';
import { CancelBlock, CANCELLED, DISPOSED, EXPIRED, FIRST_REASON, LIVE } from './cancel-block.ts';
import { type CancelTokenOptions, deadlineOf } from './cancel-options.ts';
import { deadlineReason, plainReason, readReason, writeReason } from './cancel-reason.ts';
import { signalOf } from './token-signal.ts';

/**
 * A token that any thread can cancel and all threads can look at, also in loops that never yield. It passes to tasks
 * and in messages as itself.
 *
 * Dispose it once no thread uses it any more, its children before it.
 *
 * @example
 * ```ts
 * using token = new CancelToken({ timeout: 5_000 });
 * const found = pool.run('search', [text, token]);     // in the task: while (!token.isCancelled) { ... }
 * button.onclick = () => token.cancel(new Error('The user has seen enough'));
 * await fetch(url, { signal: token.signal });
 * ```
 */
export class CancelToken extends Primitive {
  /** @internal */
  readonly isExclusive = false;
  /** @internal */
  readonly version = 0;
  /** When it is cancelled by itself: milliseconds on `now()` of this package; Infinity for never. */
  readonly deadline: number;
  readonly #block: CancelBlock;
  readonly #parent: CancelToken | undefined;
  /** Why it was cancelled, once this thread knows. The thread that cancels keeps the very object. */
  #reason: { readonly value: unknown } | undefined;
  /** Undoes `fromSignal`. */
  #unlink: (() => void) | undefined;

  /**
   * @param options - when it is cancelled by itself (a handle attaches to an existing one, as `from` does)
   * @throws {TypeError | RangeError} if an option is not a number of milliseconds.
   */
  constructor(options: CancelTokenOptions | Handle = {}, parent?: CancelToken) {
    const isHandle = typeof options === 'object' && options !== null && 'offset' in options;
    const deadline = isHandle ? Infinity : deadlineOf(options);
    parent?.check();
    super('CancelToken', KIND.cancelToken, isHandle ? options : undefined);
    this.#block = new CancelBlock(this.arena, this.handle.offset);
    if (isHandle) {
      this.deadline = this.#block.deadline;
      const { offset, generation } = this.#block.parent;
      this.#parent = tokenAt(this.arena, offset, generation);
      return;
    }
    this.deadline = Math.min(deadline, parent?.deadline ?? Infinity);
    this.#block.setDeadline(this.deadline);
    if (parent === undefined) return;
    if (parent.arena !== this.arena) {
      super[Symbol.dispose]();
      throw new ReveilleError('Cannot make a child of a CancelToken of another arena than this thread lives in');
    }
    this.#parent = parent;
    this.#block.setParent(parent.handle.offset, parent.generation);
  }

  /** The token that a handle stands for, in this thread. */
  static from(handle: Handle): CancelToken {
    if (typeof handle !== 'object' || handle === null || !('offset' in handle)) {
      throw new TypeError(`Expected the handle of a CancelToken, got ${describe(handle)}`);
    }
    return new CancelToken(handle);
  }

  /** A token that is cancelled when `signal` is aborted, for the same reason, until the token is disposed. */
  static fromSignal(signal: AbortSignal, options: CancelTokenOptions = {}): CancelToken {
    if (!isAbortSignal(signal)) throw new TypeError(`Expected 'signal' to be an AbortSignal, got ${describe(signal)}`);
    const token = new CancelToken(options);
    const cancel = (): void => {
      if (!token.isDisposed) token.cancel(signal.reason);
    };
    if (signal.aborted) cancel();
    else {
      signal.addEventListener('abort', cancel, { once: true });
      token.#unlink = () => signal.removeEventListener('abort', cancel);
    }
    return token;
  }

  /**
   * Whether it, or a token that it descends from, was cancelled: a read of shared memory for each of them, and of the
   * clock if there is a deadline. Good in tight loops.
   */
  get isCancelled(): boolean {
    return this.#cancelled() !== undefined;
  }

  /** Why it was cancelled; undefined as long as it is not. Without a reason given, a TaskCancelledError. */
  get reason(): unknown {
    const cancelled = this.#cancelled();
    return cancelled === undefined ? undefined : cancelled.#readReason();
  }

  /** Throws the reason if it was cancelled. */
  throwIfCancelled(): void {
    if (this.isCancelled) throw this.reason;
  }

  /**
   * Cancels it and all that descend from it, in every thread. Only the first cancel counts.
   *
   * @param reason - what waits and `throwIfCancelled` throw. It is copied for other threads, as what tasks throw is
   * @returns whether this call cancelled it.
   */
  cancel(reason?: unknown): boolean {
    this.check();
    if (this.#block.state !== LIVE) return false;
    const written = reason === undefined ? 0 : writeReason(this.arena, reason);
    // Before the others are told, some of whom run in this thread, now.
    if (reason !== undefined) this.#reason = { value: reason };
    if (this.#block.end(written === 0 ? CANCELLED : written)) return true;
    this.#reason = undefined;
    if (written !== 0) this.arena.free(written);
    return false;
  }

  /**
   * A token that is cancelled with this one, and may be cancelled by itself. Its deadline is the earlier of both. It
   * leaves nothing here: dispose it when its work is over.
   */
  child(options: CancelTokenOptions = {}): CancelToken {
    this.check();
    return new CancelToken(options, this);
  }

  /**
   * It as an AbortSignal, which is aborted from this thread's event loop. There is one in each thread, made when it is
   * first asked for, until the token is disposed.
   */
  get signal(): AbortSignal {
    this.check();
    return signalOf(this);
  }

  /** Whether a wait would not have to wait. */
  tryWait(): boolean {
    return this.isCancelled;
  }

  /**
   * Waits until it is cancelled.
   *
   * @throws the signal's reason, or a DeadlineExceededError after `timeout` milliseconds
   */
  wait(options: WaitOptions = {}): Promise<void> {
    return waitForOne(this, 'wait', options, nothing);
  }

  /**
   * Blocks the thread until it is cancelled.
   *
   * @throws {WouldBlockError} on a thread whose event loop others depend on, unless it is cancelled or `allowBlocking`
   *   is given
   */
  waitSync(options: SyncWaitOptions = {}): void {
    blockForOne(this, 'waitSync', 'wait', options, nothing);
  }

  override [Symbol.dispose](): void {
    if (this.isDisposed) return;
    this.#unlink?.();
    this.#unlink = undefined;
    // From here on no cancel can bring a reason that nobody would free.
    const state = this.#block.dispose();
    super[Symbol.dispose]();
    if (state >= FIRST_REASON) this.arena.free(state);
  }

  /** @internal Only its own end: a wait for it has a waiter for each ancestor as well. */
  tryTake(): boolean {
    return this.#hasEnded();
  }

  /** @internal */
  override addTo(wait: Wait, index: number): void {
    wait.add(this, index);
    const parent = this.#parent;
    if (parent !== undefined && !parent.isDisposed) parent.addTo(wait, index);
  }

  /** @internal */
  override get changesIn(): number {
    return this.deadline === Infinity ? Infinity : Math.max(0, this.deadline - now());
  }

  /** @internal */
  observe(): number {
    return 0;
  }

  /** @internal Waiting takes nothing from it. */
  giveBack(): void {}

  /** @internal Whoever cancels it rings everyone: there is nothing to pass on. */
  passOn(): void {}

  /** Itself or the nearest ancestor that has ended. */
  #cancelled(): CancelToken | undefined {
    if (this.#hasEnded()) {
      this.check();
      return this;
    }
    for (let token = this.#parent; token !== undefined; token = token.#parent) {
      // An ancestor that is gone no longer counts; its block may be something else's by now.
      if (token.#hasEnded() && !token.isDisposed) return token;
    }
    return undefined;
  }

  #hasEnded(): boolean {
    const { state } = this.#block;
    if (state !== LIVE) return state !== DISPOSED;
    if (this.deadline === Infinity || now() < this.deadline || this.isDisposed) return false;
    this.#block.end(EXPIRED);
    return true;
  }

  #readReason(): unknown {
    const { state } = this.#block;
    this.#reason ??= state < FIRST_REASON ? undefined : readReason(this.arena, state);
    // The block may have been freed and used anew while it was read.
    if (this.#reason === undefined || state >= FIRST_REASON) this.check();
    this.#reason ??= { value: state === EXPIRED ? deadlineReason(this.deadline) : plainReason() };
    return this.#reason.value;
  }
}

registerKind(KIND.cancelToken, CancelToken.from);

/** The token in a given use of the block at `offset`; undefined if it was disposed. */
function tokenAt(arena: Arena, offset: number, generation: number): CancelToken | undefined {
  if (offset === 0 || arena.generation(offset) !== generation) return undefined;
  try {
    const token = new CancelToken({ buffer: arena.buffer, kind: KIND.cancelToken, offset });
    return token.generation === generation ? token : undefined;
  } catch (error) {
    // Disposed just now.
    if (error instanceof ReveilleError) return undefined;
    throw error;
  }
}
