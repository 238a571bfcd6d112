/** What the threads of a pool say by message: the results that shared memory cannot carry, their start, their end. */
import { fromErrorRecord } from '../channel/codec/error-record.ts';
import { offerClock } from '../pacing/clock.ts';
import { runtime } from '../runtime.ts';
import type { Region } from './layout.ts';
import { arrivedValue } from './message-lane.ts';
import type { PoolThread } from './pool-thread.ts';
import { CLOCK, formOf, type FromThread, hasFailed, type Post, slotOf, type ToThread } from './protocol.ts';
import type { TaskCompletion } from './task-completion.ts';

/** Who is told what is not about one task's result. */
export interface ThreadMessageListener {
  /** The thread has loaded the module, which has these tasks and these other exports. */
  ready(thread: PoolThread, tasks: readonly string[], others: Readonly<Record<string, string>>): void;
  /** The thread can be ended now, and was not when that was wanted. */
  killable(thread: PoolThread): void;
  /** The thread exits by itself. */
  exiting(thread: PoolThread): void;
  message(value: unknown, thread: number, task: string): void;
  failure(error: unknown): void;
}

export class ThreadMessages {
  readonly #region: Region;
  readonly #completion: TaskCompletion;
  readonly #listener: ThreadMessageListener;

  constructor(region: Region, completion: TaskCompletion, listener: ThreadMessageListener) {
    this.#region = region;
    this.#completion = completion;
    this.#listener = listener;
  }

  receive(thread: PoolThread, message: FromThread): void {
    // One that is gone has been accounted for: its slots may serve other tasks by now.
    if (thread.isGone) return;
    if (isPost(message)) return this.#arrive(message);
    switch (message.type) {
      case 'started':
        return this.#offerClock(thread);
      case 'clock':
        offerClock(this.#region.clock(thread.index), 0);
        return thread.thread.postMessage(CLOCK satisfies ToThread);
      case 'ready':
        this.#offerClock(thread);
        return this.#listener.ready(thread, message.tasks, message.others);
      case 'load-failed':
        thread.loadFailure = { message: message.message, error: fromErrorRecord(message.error) };
        return;
      case 'fatal':
        thread.cause = fromErrorRecord(message.error);
        return;
      case 'killable':
        return this.#listener.killable(thread);
      case 'exiting':
        thread.exitCode = message.code;
        return this.#listener.exiting(thread);
      case 'teardown-failed':
        return this.#listener.failure(fromErrorRecord(message.error));
      case 'user':
        return this.#listener.message(arrivedValue(message.form, message.value), thread.index, message.task);
    }
  }

  #arrive([head, value]: Post): void {
    this.#completion.arrive(slotOf(head), formOf(head), value, hasFailed(head));
  }

  #offerClock(thread: PoolThread): void {
    if (!runtime().sharedClockOrigin) offerClock(this.#region.clock(thread.index));
  }
}

function isPost(message: FromThread): message is Post {
  return Array.isArray(message);
}
