/**
 * The memory through which the controller and the threads under test talk. It is not the tested memory, and it is
 * touched through the `Atomics` functions captured here, before `virtual-atomics.ts` patches the global object.
 *
 * One thread at a time runs. The controller writes a command into a thread's lane, advances the lane's GO word and
 * sleeps on BELL; the thread runs until it must stop, writes a report into its lane, advances BELL and sleeps on GO. If
 * more is known to follow it tells the next thread instead: see `tape.ts`. All sleep in a loop that re-reads the word,
 * so a spurious or early wake is harmless. Everything else here is plain memory, ordered by those words.
 *
 *     header      BELL, and what concerns the whole schedule
 *     lanes       one per thread: command, report, and the log of the operations it made since it was last told to go
 *     tape        commands that are known beforehand, and the reports that they led to
 *     scratch     the scenario's own words
 *     classes     per 4 bytes of tested memory: who has read, written or waited on it (see `conflicts.ts`)
 *     journal     UTF-16 lines of JSON: what threads noted, failures, and the trace
 */
import { hashOf } from './hash-list.ts';
import { ARGUMENT, COMMAND, GO, LANE_WORDS, LOG, MAX_STEPS, type Told } from './lane.ts';
import type { LogValue, WordNames } from './scenario.ts';
import { type Seen, Tape, TAPE_WORDS } from './tape.ts';

const { load, add, wait, notify } = Atomics;

export const MAX_THREADS = 8;
export const SCRATCH_WORDS = 64;
const JOURNAL_UNITS = 1 << 18;

// Header words.
export const BELL = 0;
/** Set by a thread that touched a word in a way that makes it a scheduling point from now on: search again. */
export const DISCOVERED = 1;
/** Whether threads write every operation to the journal. */
export const TRACING = 2;
export const JOURNAL_LENGTH = 3;
/** Bit set of the threads that may die: their writes are scheduling points, for what they wrote stays. */
export const MORTALS = 4;
/** Bit set of the threads that use the scratch words: their logs say what those hold. */
export const SCRATCH_USERS = 5;
const HEADER_WORDS = 16;
/** Behind the header and the clock. */
const LANES = HEADER_WORDS + 2;

export interface LogEntry {
  readonly kind: 'log';
  readonly thread: number;
  readonly entry: LogValue;
}

export interface FailureEntry {
  readonly kind: 'failure';
  readonly thread: number;
  readonly message: string;
  readonly stack: string;
}

/** A step. `@` in the text stands for the word at `offset`; `local` says that it was no scheduling point. */
export interface TraceEntry {
  readonly kind: 'trace';
  readonly thread: number;
  readonly text: string;
  readonly offset: number;
  readonly local: boolean;
  readonly at: string;
}

export interface WordsEntry {
  readonly kind: 'words';
  readonly names: WordNames;
}

/** A line of the journal. */
export type JournalEntry = LogEntry | FailureEntry | TraceEntry | WordsEntry;

export class Control {
  readonly memory: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly clock: Float64Array;
  readonly scratch: Int32Array;
  readonly tape: Tape;
  readonly readers: Uint8Array;
  readonly writers: Uint8Array;
  readonly waited: Uint8Array;
  readonly #journal: Uint16Array;
  /** Controller: what was seen when the thread stopped whose report was taken in last. */
  seen: Seen = { time: 0, scratch: 0 };
  #heard = 0;
  #attended = 0;

  /** `bytes` is the size of the tested memory. */
  static create(bytes: number): Control {
    const granules = (Math.ceil(bytes / 4) + 4) & ~3;
    const words = LANES + MAX_THREADS * LANE_WORDS + TAPE_WORDS + SCRATCH_WORDS;
    return new Control(new SharedArrayBuffer(words * 4 + JOURNAL_UNITS * 2 + granules * 3), granules);
  }

  constructor(memory: SharedArrayBuffer, granules: number) {
    this.memory = memory;
    this.words = new Int32Array(memory);
    this.clock = new Float64Array(memory, HEADER_WORDS * 4, 1);
    const tape = LANES + MAX_THREADS * LANE_WORDS;
    this.tape = new Tape(this.words, tape, HEADER_WORDS);
    const scratch = (tape + TAPE_WORDS) * 4;
    this.scratch = new Int32Array(memory, scratch, SCRATCH_WORDS);
    const journal = scratch + SCRATCH_WORDS * 4;
    this.#journal = new Uint16Array(memory, journal, JOURNAL_UNITS);
    const classes = journal + JOURNAL_UNITS * 2;
    this.readers = new Uint8Array(memory, classes, granules);
    this.writers = new Uint8Array(memory, classes + granules, granules);
    this.waited = new Uint8Array(memory, classes + granules * 2, granules);
  }

  get granules(): number {
    return this.readers.length;
  }

  /** Word index of a field of a thread's lane. */
  lane(thread: number, field: number): number {
    return LANES + thread * LANE_WORDS + field;
  }

  /** Word index of an entry of a thread's log. */
  logged(thread: number, index: number): number {
    return this.lane(thread, LOG + index);
  }

  /** Word index of what the scratch words held after an operation of a thread's log that was not its last. */
  scratchAfter(thread: number, index: number): number {
    return this.lane(thread, LOG + MAX_STEPS + index);
  }

  /**
   * Controller: has commands carried out, one after another, until the last thread told reports. False if it did not in
   * `patienceMs`.
   */
  run(commands: readonly Told[], patienceMs: number): boolean {
    const { words } = this;
    this.tape.publish(commands);
    this.#heard = load(words, BELL);
    this.#tell(commands[0] as Told);
    while (load(words, BELL) === this.#heard) {
      if (wait(words, BELL, this.#heard, patienceMs) === 'timed-out') return false;
    }
    return true;
  }

  /** Controller: takes in the report on a command, by its index among those of the run. */
  takeIn(thread: number, index: number): void {
    this.seen = this.tape.restore(index, this.lane(thread, 0));
  }

  /** Controller: starts a schedule. */
  begin(): void {
    this.clock[0] = 0;
    this.scratch.fill(0);
    this.seen = { time: 0, scratch: hashOf(this.scratch) };
  }

  /** Thread: sleeps until it is told to go. A command given before this is not missed. */
  attend(thread: number): void {
    const go = this.lane(thread, GO);
    while (load(this.words, go) === this.#attended) wait(this.words, go, this.#attended);
    this.#attended = load(this.words, go);
  }

  /** Thread: the report is in its lane. Hands over to whoever comes next, and sleeps until it is told to go again. */
  handOver(thread: number): void {
    const next = this.tape.note(this.lane(thread, 0), hashOf(this.scratch));
    if (next === undefined) this.#ring();
    else if (next.thread !== thread) this.#tell(next);
    else return this.#write(next);
    this.attend(thread);
  }

  /** Thread: the report is in its lane, and the thread goes back to its event loop. */
  leave(thread: number): void {
    const next = this.tape.note(this.lane(thread, 0), 0);
    if (next === undefined) this.#ring();
    else this.#tell(next);
  }

  /** Appends a line to the journal; a full journal drops it. */
  write(entry: JournalEntry): void {
    const line = JSON.stringify(entry) + '\n';
    const length = this.words[JOURNAL_LENGTH] as number;
    if (length + line.length > JOURNAL_UNITS) return;
    for (let i = 0; i < line.length; i++) this.#journal[length + i] = line.charCodeAt(i);
    this.words[JOURNAL_LENGTH] = length + line.length;
  }

  read(): JournalEntry[] {
    const length = this.words[JOURNAL_LENGTH] as number;
    let text = '';
    for (let i = 0; i < length; i++) text += String.fromCharCode(this.#journal[i] as number);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JournalEntry);
  }

  #write({ thread, command, argument }: Told): void {
    this.words[this.lane(thread, COMMAND)] = command;
    this.words[this.lane(thread, ARGUMENT)] = argument;
  }

  #tell(told: Told): void {
    this.#write(told);
    const go = this.lane(told.thread, GO);
    add(this.words, go, 1);
    notify(this.words, go);
  }

  #ring(): void {
    add(this.words, BELL, 1);
    notify(this.words, BELL);
  }
}
