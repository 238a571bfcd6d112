/** What a wait saw, in order: each value once, with the time at which it was first seen. */
import { inspect } from 'node:util';

/** A value that was seen, until another one was. */
export interface Seen {
  /** Milliseconds after the wait began. */
  readonly at: number;
  /** The value, for people to read; of an error, its name and the first line of its message. */
  readonly value: string;
}

/** The first values say what it began as, the last ones what it came to; those between are only counted. */
const FIRST = 5;
const LAST = 15;
const LONGEST = 200;
// Colours, as assertion libraries put them into messages. Built from its code: no control character in a pattern.
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

export class History {
  readonly #first: Seen[] = [];
  readonly #last: Seen[] = [];
  #left = 0;
  #latest: string | undefined;

  add(at: number, value: string): void {
    if (value === this.#latest) return;
    this.#latest = value;
    if (this.#first.length < FIRST) {
      this.#first.push({ at, value });
      return;
    }
    this.#last.push({ at, value });
    if (this.#last.length <= LAST) return;
    this.#last.shift();
    this.#left++;
  }

  get entries(): readonly Seen[] {
    return [...this.#first, ...this.#last];
  }

  toString(): string {
    const line = ({ at, value }: Seen): string => `  ${at.toFixed(1).padStart(8)} ms  ${value}`;
    const left = this.#left === 0 ? [] : [`              (${this.#left} more values)`];
    return [...this.#first.map(line), ...left, ...this.#last.map(line)].join('\n');
  }
}

/** A value on one line, cut to a length that a person reads. */
export function show(value: unknown): string {
  const text =
    value instanceof Error
      ? `${value.name}: ${firstLine(value.message)}`
      : inspect(value, {
          depth: 2,
          breakLength: Infinity,
          maxArrayLength: 20,
          maxStringLength: LONGEST,
          compact: true,
        });
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}

function firstLine(message: string): string {
  return message.replaceAll(COLOURS, '').split('\n', 1)[0] ?? '';
}
