/** What the parts that hand out tasks need of the threads. */
import type { Message } from './message-lane.ts';
import type { Delivery } from './protocol.ts';

export interface ThreadCrew {
  /** Threads that have loaded the module and are not told to stop. */
  readonly readyThreads: readonly number[];
  /** The only thread that the pool may have, while it is ready; otherwise NO_THREAD. */
  readonly onlyThread: number;
  /** Rings the doorbell of a pool thread. */
  ring(thread: number): void;
  /** Work waits and no thread is free: starts another if it may. */
  grow(): void;
  /** Ends a thread that does not let go of a task. */
  kill(thread: number, why: string): void;
  /** Posts a task's arguments to a thread. */
  postArguments(thread: number, slot: number, message: Message, delivery: Delivery): void;
}
