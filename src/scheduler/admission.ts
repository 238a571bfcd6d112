/**
 * The bound of a pool's queue. With `reject`, a task that finds it full is refused; with `wait`, it is held back, first
 * come first served, until there is room, and its signal and deadline count meanwhile.
 */
import { DeadlineExceededError, QueueFullError } from '../errors.ts';
import type { Deadline, Deadlines } from '../pacing/deadlines.ts';
import { runtime } from '../runtime.ts';
import { offAbort, onAbort } from './abort-table.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { IdleThreads } from './idle-threads.ts';
import { arrivedValue, privateMessage } from './message-lane.ts';
import type { RunOptions } from './run-options.ts';

/** A task that is held back. Its arguments are a private copy. */
class Held {
  readonly task: number;
  readonly args: readonly unknown[];
  readonly options: RunOptions;
  readonly resolve: (result: Promise<unknown>) => void;
  readonly reject: (error: unknown) => void;
  deadline: Deadline | undefined;
  onAbort: (() => void) | undefined;

  constructor(
    task: number,
    args: readonly unknown[],
    options: RunOptions,
    resolve: Held['resolve'],
    reject: Held['reject'],
  ) {
    this.task = task;
    this.args = args;
    this.options = options;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** It is held back no longer. */
  leave(): void {
    this.deadline?.cancel();
    if (this.onAbort !== undefined && this.options.signal !== undefined) offAbort(this.options.signal, this.onAbort);
  }
}

export class Admission {
  readonly #limit: number;
  readonly #overflow: 'wait' | 'reject';
  readonly #dispatcher: Dispatcher;
  readonly #idle: IdleThreads;
  readonly #deadlines: Deadlines;
  readonly #held = new Set<Held>();

  constructor(
    limit: number,
    overflow: 'wait' | 'reject',
    dispatcher: Dispatcher,
    idle: IdleThreads,
    deadlines: Deadlines,
  ) {
    this.#limit = limit;
    this.#overflow = overflow;
    this.#dispatcher = dispatcher;
    this.#idle = idle;
    this.#deadlines = deadlines;
  }

  /** Tasks that are held back. */
  get held(): number {
    return this.#held.size;
  }

  /** Whether a task may be queued now. Tasks that free threads are about to take do not count as waiting. */
  get hasRoom(): boolean {
    const waiting = this.#dispatcher.ledger.queued - this.#idle.parkedCount - this.#idle.searchingCount;
    return waiting < this.#limit;
  }

  /** Submits a task now if there is room and nobody waits for it; else holds it back or refuses it. */
  admit(name: string, task: number, args: readonly unknown[], options: RunOptions): Promise<unknown> {
    if (this.#held.size === 0 && this.hasRoom) return this.#dispatcher.submitWith(task, args, options);
    if (this.#overflow === 'reject') {
      throw new QueueFullError(
        `Cannot queue task '${name}': ${this.#limit} tasks wait already, which is the limit of the queue`,
      );
    }
    options.signal?.throwIfAborted();
    const { value, form, transfer } = privateMessage(args, options.transfer ?? []);
    const copy = arrivedValue(form, value) as unknown[];
    return new Promise((resolve, reject) => {
      const held = new Held(task, copy, { ...options, transfer }, resolve, reject);
      this.#watch(held, name);
      this.#held.add(held);
    });
  }

  /** Submits what was held back, as far as there is room. */
  release(): void {
    for (const held of this.#held) {
      if (!this.hasRoom) return;
      this.#drop(held);
      const timeout =
        held.deadline === undefined ? held.options.timeout : Math.max(0, held.deadline.at - runtime().now());
      held.resolve(this.#dispatcher.submitWith(held.task, held.args, { ...held.options, timeout }));
    }
  }

  /** Refuses everything that is held back. */
  refuseAll(makeError: () => unknown): void {
    for (const held of this.#held) this.#refuse(held, makeError());
  }

  #watch(held: Held, name: string): void {
    const { signal, timeout } = held.options;
    if (timeout !== undefined && timeout !== Infinity) {
      held.deadline = this.#deadlines.add(runtime().now() + timeout, () =>
        this.#refuse(
          held,
          new DeadlineExceededError(`Task '${name}' did not end within ${timeout} ms: it waited for room in the queue`),
        ),
      );
    }
    if (signal === undefined) return;
    held.onAbort = () => this.#refuse(held, signal.reason);
    onAbort(signal, held.onAbort);
  }

  #refuse(held: Held, error: unknown): void {
    this.#drop(held);
    held.reject(error);
  }

  #drop(held: Held): void {
    this.#held.delete(held);
    held.leave();
  }
}
