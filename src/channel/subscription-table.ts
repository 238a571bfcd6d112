/**
 * The subscriptions of a topic, and how far they let its publishers go. In the topic's block:
 *
 *     line 0       CHANGES, counts subscriptions that came and went; word 1 HIGH: so many places were used
 *     line 1 to 4  the places: blocks of subscriptions, or 0
 *
 * The block of a subscription is written by its own thread only:
 *
 *     line 0  what every primitive has; word 6 TOPIC, word 7 that block's generation, word 8 OWNER: thread plus 1,
 *             word 9 CURSOR: the position it reads next, word 10 LIMIT: by how much publishers may be ahead, or 0
 *
 * **Nobody overtakes who must not miss anything.** A publisher reads TAIL and then CHANGES; if that has moved, or it
 * has come to where it knew the slowest cursor to let it, it looks at all cursors again. Who subscribes enters the
 * table, counts up CHANGES, and only then reads TAIL to begin there. So a publisher that does not know it yet has a
 * position no later than that.
 */
import type { Arena } from '../memory/arena.ts';
import { add, compareExchange, load } from '../memory/atomic.ts';
import { LINE_WORDS } from '../memory/layout.ts';
import { OWN } from '../signal/primitive-block.ts';
import { wakeAll } from './wake-next.ts';

/** Words of a subscription's block. */
export const TOPIC: number = OWN;
export const TOPIC_GENERATION: number = OWN + 1;
export const OWNER: number = OWN + 2;
export const CURSOR: number = OWN + 3;
export const LIMIT: number = OWN + 4;

/** The most subscriptions that one topic has at a time. */
export const MOST_SUBSCRIPTIONS = 64;
const CHANGES = 0;
const HIGH = 1;
const PLACES: number = LINE_WORDS;
/** How many words the table takes. */
export const TABLE_WORDS: number = PLACES + MOST_SUBSCRIPTIONS;

/** How far publishers may go on where no subscription holds them up, before they look again. */
const FAR: number = 2 ** 30;

/** One thread's view of the subscriptions of a topic. */
export class SubscriptionTable {
  readonly #arena: Arena;
  readonly #words: Int32Array;
  readonly #base: number;
  /** What was known when the cursors were last looked at: from `#from` on, `#span` positions were free to claim. */
  #changes = -1;
  #from = 0;
  #span = 0;

  /** @param base - its first word */
  constructor(arena: Arena, base: number) {
    this.#arena = arena;
    this.#words = arena.i32;
    this.#base = base;
  }

  /** Enters a subscription. False if the table is full. */
  enter(subscription: number): boolean {
    const words = this.#words;
    for (let place = 0; place < MOST_SUBSCRIPTIONS; place++) {
      if (compareExchange(words, this.#base + PLACES + place, 0, subscription) !== 0) continue;
      for (let high = load(words, this.#base + HIGH); high <= place; high = load(words, this.#base + HIGH)) {
        compareExchange(words, this.#base + HIGH, high, place + 1);
      }
      add(words, this.#base + CHANGES, 1);
      return true;
    }
    return false;
  }

  /** Takes a subscription out. It may have been what publishers waited for. */
  remove(subscription: number): void {
    for (let place = 0; place < MOST_SUBSCRIPTIONS; place++) {
      compareExchange(this.#words, this.#base + PLACES + place, subscription, 0);
    }
    add(this.#words, this.#base + CHANGES, 1);
  }

  /** The blocks of all subscriptions. */
  *[Symbol.iterator](): Generator<number, void, undefined> {
    const high = load(this.#words, this.#base + HIGH);
    for (let place = 0; place < high; place++) {
      const offset = load(this.#words, this.#base + PLACES + place);
      if (offset !== 0) yield offset;
    }
  }

  /** Wakes all subscriptions. */
  wakeAll(): void {
    const high = load(this.#words, this.#base + HIGH);
    for (let place = 0; place < high; place++) {
      const subscription = load(this.#words, this.#base + PLACES + place);
      if (subscription !== 0) wakeAll(this.#arena, subscription);
    }
  }

  /** Whether all who must not miss anything let publishers claim `position`. TAIL must have been read before. */
  leaveRoomAt(position: number): boolean {
    const changes = load(this.#words, this.#base + CHANGES);
    // Unsigned: what is known may be billions of messages old.
    if (changes === this.#changes && (position - this.#from) >>> 0 < this.#span) return true;
    this.#changes = changes;
    this.#from = position;
    this.#span = FAR;
    for (const subscription of this) {
      const base = subscription >> 2;
      const limit = load(this.#words, base + LIMIT);
      if (limit === 0) continue;
      const room = (load(this.#words, base + CURSOR) + limit - position) | 0;
      this.#span = Math.min(this.#span, Math.max(room, 0));
    }
    return this.#span > 0;
  }
}
