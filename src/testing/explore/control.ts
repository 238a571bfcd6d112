/**
 * The memory through which the controller and the threads under test talk. It is not the tested memory, and it is
 * touched through the `Atomics` functions captured here, before `virtual-atomics.ts` patches the global object.
 *
 * One thread at a time runs. The controller writes a command into a thread's lane, advances the lane's GO word and
 * sleeps on BELL; the thread runs until it must stop, writes a report into its lane, advances BELL and sleeps on GO.
 * Both sleep in a loop that re-reads the word, so a spurious or early wake is harmless. Everything else here is plain
 * memory, ordered by those two words.
 *
 *     header      BELL, and what concerns the whole schedule
 *     lanes       one per thread: command, report, and the log of the operations it made since it was last told to go
 *     scratch     the scenario's own words
 *     classes     per 4 bytes of tested memory: who has read, written or waited on it (see `conflicts.ts`)
 *     journal     UTF-16 lines of JSON: what threads noted, failures, and the trace
 */
import type { LogValue, WordNames } from './scenario.ts';

const { load, add, wait, notify } = Atomics;

export const MAX_THREADS = 8;
export const MAX_STEPS = 4096;
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

// Words of a lane.
export const GO = 0;
export const COMMAND = 1;
export const ARGUMENT = 2;
export const REPORT = 3;
export const OPERATION = 4;
export const OFFSET = 5;
export const COUNT = 6;
export const FLAGS = 7;
/** Number of the async waiter that was registered since the last report, or 0. */
export const REGISTERED = 8;
export const REGISTERED_OFFSET = 9;
export const LOGGED = 10;
/** What the thread's earliest timer is: 0 none, -1 a plain timer, otherwise the async waiter that would time out. */
export const EARLIEST = 11;
const LOG = 16;
const LANE_WORDS = LOG + MAX_STEPS * 2;

/** What the controller tells a thread. */
export const Command = {
  open: 1,
  start: 2,
  grant: 3,
  wake: 4,
  timeOut: 5,
  resolve: 6,
  fire: 7,
  abort: 8,
  death: 9,
  die: 10,
  close: 11,
  check: 12,
  rest: 13,
} as const;

/** What a thread reports when it stops. */
export const Report = {
  ready: 1,
  pending: 2,
  blocked: 3,
  idle: 4,
  dead: 5,
} as const;

/** Bits of a report's FLAGS. */
export const Flag = {
  done: 1,
  failed: 2,
  timed: 4,
  awaitsDeath: 8,
  usesSignal: 16,
  /** Something was logged before the first operation since the last report. */
  notes: 32,
  usesScratch: 64,
} as const;

/** Operations. Up to LAST_PLAIN they neither block nor wake, so a thread may be told to make several in one go. */
export const Operation = {
  load: 0,
  store: 1,
  add: 2,
  sub: 3,
  and: 4,
  or: 5,
  xor: 6,
  exchange: 7,
  compareExchange: 8,
  step: 9,
  wait: 10,
  waitAsync: 11,
  notify: 12,
  pause: 13,
  overrun: 14,
} as const;
export const LAST_PLAIN = Operation.step as number;
export const OPERATION_NAMES: readonly string[] = Object.keys(Operation);

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
  readonly readers: Uint8Array;
  readonly writers: Uint8Array;
  readonly waited: Uint8Array;
  readonly #journal: Uint16Array;
  #heard = 0;
  #seen = 0;

  /** `bytes` is the size of the tested memory. */
  static create(bytes: number): Control {
    const granules = (Math.ceil(bytes / 4) + 4) & ~3;
    const words = HEADER_WORDS + 2 + MAX_THREADS * LANE_WORDS + SCRATCH_WORDS;
    return new Control(new SharedArrayBuffer(words * 4 + JOURNAL_UNITS * 2 + granules * 3), granules);
  }

  constructor(memory: SharedArrayBuffer, granules: number) {
    this.memory = memory;
    this.words = new Int32Array(memory);
    this.clock = new Float64Array(memory, HEADER_WORDS * 4, 1);
    const scratch = (HEADER_WORDS + 2 + MAX_THREADS * LANE_WORDS) * 4;
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
    return HEADER_WORDS + 2 + thread * LANE_WORDS + field;
  }

  /** Word index of an entry of a thread's log. */
  logged(thread: number, index: number): number {
    return this.lane(thread, LOG + index);
  }

  /** Word index of what the scratch words held after an operation of a thread's log that was not its last. */
  scratchAfter(thread: number, index: number): number {
    return this.lane(thread, LOG + MAX_STEPS + index);
  }

  /** Controller: lets a thread run until it reports. False if it did not in `patienceMs`. */
  run(thread: number, command: number, argument: number, patienceMs: number): boolean {
    const { words } = this;
    words[this.lane(thread, COMMAND)] = command;
    words[this.lane(thread, ARGUMENT)] = argument;
    this.#heard = load(words, BELL);
    const go = this.lane(thread, GO);
    add(words, go, 1);
    notify(words, go);
    while (load(words, BELL) === this.#heard) {
      if (wait(words, BELL, this.#heard, patienceMs) === 'timed-out') return false;
    }
    return true;
  }

  /** Thread: sleeps until it is told to go. A command given before this is not missed. */
  attend(thread: number): void {
    const go = this.lane(thread, GO);
    while (load(this.words, go) === this.#seen) wait(this.words, go, this.#seen);
    this.#seen = load(this.words, go);
  }

  /** Thread: tells the controller that the report is there. */
  ring(): void {
    add(this.words, BELL, 1);
    notify(this.words, BELL);
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
}
