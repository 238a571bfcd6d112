/** How a wait in a test is carried out, and what it tells. */
import { checkWaitOptions, describe, type WaitOptions } from '../signal/wait-options.ts';
import { checkSources, type EventSource } from './event-source.ts';
import type { Seen } from './history.ts';

export const DEFAULT_TIMEOUT_MS = 4_000;
export const LONGEST_PAUSE_MS = 50;

/**
 * How a wait in a test is carried out. Its time is the machine's own, also while the code under test has a virtual
 * clock or fake timers.
 */
export interface ConditionOptions extends WaitOptions {
  /** What may make the condition true: after each of these it is looked at again. */
  readonly on?: readonly EventSource[] | undefined;
  /**
   * Milliseconds after which the wait rejects with what it has seen. Below the limit that most test runners set
   * themselves, for theirs has no history.
   *
   * @default {4000}
   */
  readonly timeout?: number | undefined;
  /**
   * The longest pause, in milliseconds, between two looks without an event; the first pauses are shorter. `false`: only
   * events count.
   *
   * @default {50}
   */
  readonly interval?: number | false | undefined;
  /** What is waited for, in words, for messages. The source text of the condition unless given. */
  readonly message?: string | undefined;
  /** Called when the condition was found true by the timer: no event told of it. */
  readonly onFallback?: ((report: FallbackReport) => void) | undefined;
}

/** How a condition came to be found true. */
export interface ConditionResult<T> {
  readonly value: T;
  /** What made it look: nothing (it was true already), an event, or the timer. */
  readonly by: 'start' | 'event' | 'polling';
  /** How often it looked. */
  readonly looks: number;
  /** Milliseconds from the start to the end. */
  readonly elapsed: number;
  /** What it saw, each value once until another one came. */
  readonly history: readonly Seen[];
}

/** What `onFallback` gets. */
export interface FallbackReport extends ConditionResult<unknown> {
  /** For people: what passed by polling, and what to do about it. */
  readonly message: string;
}

/** Refuses what a wait in a test cannot take, at once. */
export function checkConditionOptions(options: ConditionOptions): void {
  checkWaitOptions(options);
  const { on, interval, message, onFallback } = options;
  if (on !== undefined) checkSources(on);
  if (interval !== undefined && interval !== false) {
    if (typeof interval !== 'number') {
      throw new TypeError(`Expected option 'interval' to be a number or false, got ${describe(interval)}`);
    }
    if (!(interval > 0)) throw new RangeError(`Expected option 'interval' to be above 0 milliseconds, got ${interval}`);
  }
  if (message !== undefined && typeof message !== 'string') {
    throw new TypeError(`Expected option 'message' to be a string, got ${describe(message)}`);
  }
  if (onFallback !== undefined && typeof onFallback !== 'function') {
    throw new TypeError(`Expected option 'onFallback' to be a function, got ${describe(onFallback)}`);
  }
}
