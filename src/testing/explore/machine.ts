/**
 * One schedule in progress, as the controller sees it: what every thread is about to do, who waits on which word, what
 * may happen next, and how it is made to happen.
 */
import { type Budget, type Choice, Happening, happeningOf, threadOf } from './choice.ts';
import {
  Command,
  DISCOVERED,
  Flag,
  JOURNAL_LENGTH,
  LAST_PLAIN,
  MORTALS,
  Operation,
  REGISTERED,
  REGISTERED_OFFSET,
  SCRATCH_USERS,
  TRACING,
} from './control.ts';
import { describeStuck } from './describe-stuck.ts';
import { keyOf } from './operation-key.ts';
import { mattersAsLast, possibleChoices } from './possible-choices.ts';
import { newThread, readReport, type ThreadState } from './thread-state.ts';
import type { Troupe } from './troupe.ts';
import { type Waiter, WaiterLists } from './waiter-lists.ts';

export class Machine {
  /** Bit set of the threads that use their signal. They start as a step of the search: a cancel may come first. */
  usesSignal = 0;
  /** Bit set of the threads that use the scratch words. */
  usesScratch = 0;
  /** Bit set of the threads that may die. */
  readonly mortals: number;
  discovered = false;
  failed = false;
  readonly #troupe: Troupe;
  readonly #allowsCancels: boolean;
  readonly waiters: WaiterLists = new WaiterLists();
  /** Who was woken by what happened last. */
  woken: readonly Waiter[] = [];
  #threads: ThreadState[] = [];
  #buffer: SharedArrayBuffer | undefined;
  #deaths = 0;

  constructor(troupe: Troupe, allowsCancels: boolean, mortals: number) {
    this.#troupe = troupe;
    this.#allowsCancels = allowsCancels;
    this.mortals = mortals;
  }

  /** Starts a schedule on fresh memory. */
  begin(tracing: boolean): void {
    const { control, size } = this.#troupe;
    const { words } = control;
    words[DISCOVERED] = 0;
    words[TRACING] = tracing ? 1 : 0;
    words[JOURNAL_LENGTH] = 0;
    words[MORTALS] = this.mortals;
    words[SCRATCH_USERS] = this.usesScratch;
    control.clock[0] = 0;
    control.scratch.fill(0);
    this.waiters.clear();
    this.#deaths = 0;
    this.discovered = false;
    this.failed = false;
    const { index, buffer } = this.#troupe.next();
    this.#buffer = buffer;
    this.#threads = Array.from({ length: size }, newThread);
    for (let thread = 0; thread < size; thread++) {
      this.#troupe.run(thread, Command.open, index);
      this.#absorb(thread);
      this.#state(thread).status = 'unstarted';
    }
    for (let thread = 0; thread < size; thread++) {
      if ((this.usesSignal & (1 << thread)) === 0) this.#tell(thread, Command.start);
    }
  }

  /** Whether the thread is about to make an operation that neither blocks nor wakes. */
  isPlain(thread: number): boolean {
    const state = this.#state(thread);
    return state.status === 'pending' && state.operation <= LAST_PLAIN;
  }

  /** What the thread is about to do, as a number to compare replays by. */
  keyOf(thread: number): number {
    const state = this.#state(thread);
    return state.status === 'pending' ? keyOf(state.operation, state.offset) : -1;
  }

  sharesScratch(thread: number): boolean {
    return (this.usesScratch & (1 << thread)) !== 0;
  }

  /** The tested memory, but for what is no whole word at its end. */
  get memory(): Int32Array {
    const buffer = this.#buffer as SharedArrayBuffer;
    return new Int32Array(buffer, 0, buffer.byteLength >> 2);
  }

  /** Bit set of the threads that would spin. */
  get spinning(): number {
    return this.#threads.reduce((bits, { spins }, thread) => (spins ? bits | (1 << thread) : bits), 0);
  }

  /** Whether what may happen depends on that this thread ran last. */
  mattersAsLast(thread: number): boolean {
    return thread >= 0 && mattersAsLast(this.#state(thread), (this.mortals & (1 << thread)) !== 0);
  }

  /** What may happen now; see {@linkcode possibleChoices}. */
  choices(last: number, spent: Budget, limit: Budget, assumePlain: boolean): Choice[] {
    const { mortal, cancelsWhenStuck } = this.#troupe;
    const { usesSignal } = this;
    const situation = { mortal, cancelsWhenStuck, usesSignal, last, spent, limit, assumePlain };
    return possibleChoices(this.#threads, situation);
  }

  /** Makes it happen. A plain operation may be followed by more of the same thread, up to `most` in all. */
  apply(choice: Choice, most: number): void {
    const thread = threadOf(choice);
    const state = this.#state(thread);
    for (const other of this.#threads) if (other !== state) other.spins = false;
    this.woken = [];
    switch (happeningOf(choice)) {
      case Happening.run:
        this.#advance(thread, state, most);
        break;
      case Happening.timeOut:
        this.#note(thread, state.status === 'blocked' ? 'the wait on @ times out' : 'a timer fires', state.offset);
        if (state.status === 'blocked') this.waiters.remove(thread, 0);
        else if (state.earliest > 0) this.waiters.remove(thread, state.earliest);
        this.#tell(thread, state.status === 'blocked' ? Command.timeOut : Command.fire);
        break;
      case Happening.cancel: {
        this.#note(thread, 'the signal fires');
        const wasUnstarted = state.status === 'unstarted';
        state.aborted = true;
        this.#tell(thread, Command.abort);
        if (wasUnstarted) state.status = 'unstarted';
        break;
      }
      case Happening.die:
        this.#note(thread, 'dies');
        this.#kill(thread, state);
    }
  }

  /** Everyone is done or dead. */
  get isComplete(): boolean {
    return this.#threads.every((state) => state.done || state.status === 'dead');
  }

  /** Tells threads that await a death which can no longer come, if nothing but that keeps them. */
  tellNobodyDies(): boolean {
    const unfinished = this.#threads.filter((state) => !state.done && state.status !== 'dead');
    if (unfinished.length === 0 || !unfinished.every((state) => state.awaitsDeath)) return false;
    for (let thread = 0; thread < this.#threads.length; thread++) {
      if (unfinished.includes(this.#state(thread))) this.#tell(thread, Command.death, -1);
    }
    return true;
  }

  /** Lets the scenario judge the outcome. False if it is wrong. */
  check(): boolean {
    this.#tell(0, Command.check, this.#deaths);
    return !this.failed;
  }

  /** Unwinds the threads that are still in the middle of something. */
  end(): void {
    for (let thread = 0; thread < this.#threads.length; thread++) {
      const { status, done, earliest } = this.#state(thread);
      if (status !== 'dead' && !(status === 'idle' && done && earliest === 0)) this.#troupe.run(thread, Command.close);
    }
  }

  /** Why nobody can go on. */
  describeStuck(): string {
    return describeStuck(this.#threads, this.waiters, this.#buffer);
  }

  #advance(thread: number, state: ThreadState, most: number): void {
    switch (state.status) {
      case 'unstarted':
        this.#note(thread, 'starts');
        this.#tell(thread, Command.start);
        break;
      case 'pending':
        if (state.operation === Operation.notify) {
          this.#tell(thread, Command.grant, this.#wake(state.offset, state.count));
        } else this.#tell(thread, Command.grant, most);
        break;
      case 'blocked':
        this.#note(thread, 'wakes from its wait on @', state.offset);
        this.#tell(thread, Command.wake);
        break;
      case 'idle':
      case 'dead': {
        const waiter = state.inbox.shift();
        const death = waiter === undefined ? state.deaths.shift() : undefined;
        this.#note(thread, waiter === undefined ? `learns that thread ${death} died` : 'its waitAsync resolves');
        if (waiter === undefined) this.#tell(thread, Command.death, death);
        else this.#tell(thread, Command.resolve, waiter);
      }
    }
  }

  #kill(thread: number, state: ThreadState): void {
    this.#deaths |= 1 << thread;
    this.waiters.remove(thread);
    this.#tell(thread, Command.die);
    state.status = 'dead';
    for (const other of this.#threads) if (other !== state) other.deaths.push(thread);
  }

  #tell(thread: number, command: number, argument = 0): void {
    this.#troupe.run(thread, command, argument);
    this.#absorb(thread);
  }

  /** Takes in what a thread reported. */
  #absorb(thread: number): void {
    const { control } = this.#troupe;
    const state = this.#state(thread);
    const flags = readReport(control, thread, state);
    this.failed ||= (flags & Flag.failed) !== 0;
    if (this.#allowsCancels && (flags & Flag.usesSignal) !== 0 && (this.usesSignal & (1 << thread)) === 0) {
      this.usesSignal |= 1 << thread;
      this.discovered = true;
    }
    if ((flags & Flag.usesScratch) !== 0 && !this.sharesScratch(thread)) {
      this.usesScratch |= 1 << thread;
      this.discovered = true;
    }
    this.discovered ||= control.words[DISCOVERED] === 1;
    const registered = control.words[control.lane(thread, REGISTERED)] as number;
    const offset = control.words[control.lane(thread, REGISTERED_OFFSET)] as number;
    if (registered !== 0) this.waiters.add(offset, { thread, number: registered });
    if (state.status === 'blocked') this.waiters.add(state.offset, { thread, number: 0 });
  }

  /** Wakes up to `count` who wait on a word; returns how many. */
  #wake(offset: number, count: number): number {
    const woken = this.waiters.take(offset, count);
    this.woken = woken;
    for (const { thread, number } of woken) {
      const state = this.#state(thread);
      if (number === 0) state.woken = true;
      else state.inbox.push(number);
    }
    return woken.length;
  }

  #note(thread: number, text: string, offset = -1): void {
    const { control } = this.#troupe;
    if (control.words[TRACING] === 1) control.write({ kind: 'trace', thread, text, offset, local: false, at: '' });
  }

  #state(thread: number): ThreadState {
    return this.#threads[thread] as ThreadState;
  }
}
