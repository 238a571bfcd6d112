/** The waiters of a line, by priority and then in the order in which they came; any of them may leave at any time. */
import type { LimiterWaiter, Priority } from './limiter-waiter.ts';

export class LimiterQueue {
  readonly #lanes: Readonly<Record<Priority, Lane>> = { high: new Lane(), normal: new Lane(), low: new Lane() };
  /** How many there are. */
  size = 0;

  /** Who goes next. */
  get head(): LimiterWaiter | undefined {
    const { high, normal, low } = this.#lanes;
    return high.head ?? normal.head ?? low.head;
  }

  append(waiter: LimiterWaiter): void {
    const lane = this.#lanes[waiter.priority];
    waiter.previous = lane.tail;
    if (lane.tail === undefined) lane.head = waiter;
    else lane.tail.next = waiter;
    lane.tail = waiter;
    this.size++;
  }

  unlink(waiter: LimiterWaiter): void {
    const lane = this.#lanes[waiter.priority];
    if (waiter.previous === undefined) lane.head = waiter.next;
    else waiter.previous.next = waiter.next;
    if (waiter.next === undefined) lane.tail = waiter.previous;
    else waiter.next.previous = waiter.previous;
    waiter.previous = undefined;
    waiter.next = undefined;
    this.size--;
  }
}

class Lane {
  head: LimiterWaiter | undefined;
  tail: LimiterWaiter | undefined;
}
