/** What topics and subscriptions are made with, and the checks that refuse anything else. */
import { describe } from '../signal/wait-options.ts';

/** What a topic is made with. */
export interface TopicOptions {
  /**
   * How many of the latest messages it keeps: the most that a subscription may lag behind or start with. A whole number
   * from 1 to 1,048,575.
   */
  readonly capacity: number;
}

/** What becomes of a message for which a subscription has no room. */
export type Overflow = 'block' | 'dropOldest' | 'latest';

/** How messages are taken from a topic. */
export interface SubscribeOptions {
  /**
   * How many messages wait for the subscriber at most. At most, and unless told, the topic's capacity; 1 for `latest`.
   */
  readonly capacity?: number | undefined;
  /**
   * What happens beyond that. `block`: publishers wait, so nothing is missed. `dropOldest`: the oldest are dropped and
   * counted. `latest`: all but the newest are.
   *
   * @default {'block'}
   */
  readonly overflow?: Overflow | undefined;
  /**
   * With how many of the messages that were published before it starts, if there are so many. At most the capacity.
   *
   * @default {0}
   */
  readonly replay?: number | undefined;
}

/** How a listener is called. */
export interface ListenOptions {
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
  /** Whether it keeps the process alive. @default {true} */
  readonly ref?: boolean | undefined;
  /** Called with what a listener throws or rejects with. Without it that is an uncaught error. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const OVERFLOWS: readonly unknown[] = ['block', 'dropOldest', 'latest'];

/** What a subscription is made with in the end. */
export interface ResolvedSubscribeOptions {
  readonly capacity: number;
  readonly overflow: Overflow;
  readonly replay: number;
}

/** The options with what is missing filled in. */
export function checkSubscribeOptions(options: SubscribeOptions, most: number): ResolvedSubscribeOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`Expected the options of a subscription to be an object, got ${describe(options)}`);
  }
  const { overflow = 'block', replay = 0 } = options;
  if (!OVERFLOWS.includes(overflow)) {
    throw new TypeError(
      `Expected option 'overflow' to be 'block', 'dropOldest' or 'latest', got ${describe(overflow)}`,
    );
  }
  const { capacity = overflow === 'latest' ? 1 : most } = options;
  checkCount('capacity', capacity, 1, overflow === 'latest' ? 1 : most);
  checkCount('replay', replay, 0, capacity);
  return { capacity, overflow, replay };
}

function checkCount(name: string, value: unknown, least: number, most: number): void {
  if (typeof value !== 'number')
    throw new TypeError(`Expected option '${name}' to be a number, got ${describe(value)}`);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`Expected option '${name}' to be a whole number from ${least} to ${most}, got ${value}`);
  }
}
