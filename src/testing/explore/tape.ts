/**
 * Commands that are known beforehand, which the threads under test carry out one after another without the controller.
 *
 * Most of a schedule repeats the one before it, and to wake a thread takes longer than all that it does until it stops
 * again. So the controller writes down what is to be told to whom and wakes the first. A thread that has stopped notes
 * its report here and wakes the next one itself, or goes on at once if that is the same thread. The last one wakes the
 * controller, which takes in the reports as if it had told each thread by itself.
 *
 * One thread at a time runs here too, and wakes the next by an atomic write to its GO word that the next one reads: all
 * of this is plain memory, ordered by those words.
 */
import { ARGUMENT, COMMAND, EARLIEST, LOG, LOGGED, MAX_STEPS, REPORT, type Told } from './lane.ts';

// Words of the tape.
const AT = 0;
const LENGTH = 1;
/** Words of the log that are taken. */
const TAKEN = 2;
const ENTRIES = 4;

// Words of an entry. From COMMAND to EARLIEST they are those of a lane.
const THREAD = 0;
const LOG_AT = 12;
const SCRATCH = 13;
const CLOCK = 14;
const ENTRY_WORDS = 16;

/** The steps of a schedule, and what comes before the first. */
export const MOST_ENTRIES: number = MAX_STEPS + 64;
const LOGS = ENTRIES + MOST_ENTRIES * ENTRY_WORDS;
export const TAPE_WORDS: number = LOGS + MAX_STEPS * 2;

/** What is seen of a schedule beside the reports when a thread stops. */
export interface Seen {
  /** The virtual time. */
  readonly time: number;
  /** What the scratch words hold, as a hash. */
  readonly scratch: number;
}

export class Tape {
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #clock: number;
  readonly #time = new Float64Array(1);
  readonly #timeWords = new Int32Array(this.#time.buffer);

  /** The tape lies from word `base` on; the clock is the two words from `clock` on. */
  constructor(words: Int32Array, base: number, clock: number) {
    this.#words = words;
    this.#base = base;
    this.#clock = clock;
  }

  /** Controller: what is to be told next. */
  publish(commands: readonly Told[]): void {
    const words = this.#words;
    words[this.#base + AT] = 0;
    words[this.#base + LENGTH] = commands.length;
    words[this.#base + TAKEN] = 0;
    commands.forEach(({ thread, command, argument }, index) => {
      const entry = this.#entry(index);
      words[entry + THREAD] = thread;
      words[entry + COMMAND] = command;
      words[entry + ARGUMENT] = argument;
    });
  }

  /**
   * Thread: notes the report that is in its lane, if it was told by the tape, and moves on. Returns what is to be told
   * next, or undefined if that is for the controller to say.
   */
  note(lane: number, scratch: number): Told | undefined {
    const words = this.#words;
    const at = words[this.#base + AT] as number;
    const length = words[this.#base + LENGTH] as number;
    if (at >= length) return undefined;
    const entry = this.#entry(at);
    words.copyWithin(entry + REPORT, lane + REPORT, lane + EARLIEST + 1);
    words[entry + SCRATCH] = scratch;
    words.copyWithin(entry + CLOCK, this.#clock, this.#clock + 2);
    this.#noteLog(entry, lane);
    words[this.#base + AT] = at + 1;
    if (at + 1 === length) return undefined;
    const next = this.#entry(at + 1);
    return {
      thread: words[next + THREAD] as number,
      command: words[next + COMMAND] as number,
      argument: words[next + ARGUMENT] as number,
    };
  }

  /** Controller: puts a report back into the lane that it was in when the thread had stopped. */
  restore(index: number, lane: number): Seen {
    const words = this.#words;
    const entry = this.#entry(index);
    words.copyWithin(lane + REPORT, entry + REPORT, entry + EARLIEST + 1);
    const count = words[lane + LOGGED] as number;
    const from = this.#base + LOGS + (words[entry + LOG_AT] as number);
    words.copyWithin(lane + LOG, from, from + count);
    words.copyWithin(lane + LOG + MAX_STEPS, from + count, from + count * 2);
    this.#timeWords[0] = words[entry + CLOCK] as number;
    this.#timeWords[1] = words[entry + CLOCK + 1] as number;
    return { time: this.#time[0] as number, scratch: words[entry + SCRATCH] as number };
  }

  /** The operations of a run, and what the scratch words held after each: two words for every step of a schedule. */
  #noteLog(entry: number, lane: number): void {
    const words = this.#words;
    const count = words[lane + LOGGED] as number;
    const taken = words[this.#base + TAKEN] as number;
    const to = this.#base + LOGS + taken;
    words[entry + LOG_AT] = taken;
    words.copyWithin(to, lane + LOG, lane + LOG + count);
    words.copyWithin(to + count, lane + LOG + MAX_STEPS, lane + LOG + MAX_STEPS + count);
    words[this.#base + TAKEN] = taken + count * 2;
  }

  #entry(index: number): number {
    return this.#base + ENTRIES + index * ENTRY_WORDS;
  }
}
