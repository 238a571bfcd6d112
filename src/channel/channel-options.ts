/** What channels are made with, and the checks that refuse anything else. */
import type { Handle } from '../memory/shared-object.ts';
import { describe } from '../signal/wait-options.ts';
import { MOST_CELLS } from './message-cells.ts';

/** What a channel is made with. */
export interface ChannelOptions {
  /** How many messages it holds before `send` waits: a whole number from 1 to 1,048,576. */
  readonly capacity: number;
}

/** The argument of a constructor, if it is a handle rather than options. */
export function handleIn(options: unknown): Handle | undefined {
  return typeof options === 'object' && options !== null && 'buffer' in options ? (options as Handle) : undefined;
}

/** The option `capacity`, which leaves `spare` cells of the largest ring. */
export function checkCapacity(what: string, options: unknown, spare = 0): number {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`Expected the options of a ${what} to be an object with 'capacity', got ${describe(options)}`);
  }
  const { capacity } = options as Partial<ChannelOptions>;
  if (typeof capacity !== 'number') {
    throw new TypeError(`Expected option 'capacity' to be a number of messages, got ${describe(capacity)}`);
  }
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > MOST_CELLS - spare) {
    throw new RangeError(
      `Expected option 'capacity' to be a whole number from 1 to ${MOST_CELLS - spare}, got ${capacity}`,
    );
  }
  return capacity;
}
