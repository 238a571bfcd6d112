/** One schedule in progress, as the controller sees it: what may happen next, and how it is made to happen. */
import { Cast } from './cast.ts';
import { type Budget, type Choice, Happening, happeningOf, type Limit, threadOf } from './choice.ts';
import { DISCOVERED, JOURNAL_LENGTH, MORTALS, SCRATCH_USERS, TRACING } from './control.ts';
import { describeStuck } from './describe-stuck.ts';
import { Command, LAST_PLAIN, Operation, type Told } from './lane.ts';
import { keyOf } from './operation-key.ts';
import { isRunnable, mattersAsLast, possibleChoices } from './possible-choices.ts';
import type { ThreadState } from './thread-state.ts';
import type { Troupe } from './troupe.ts';
import type { Waiter } from './waiter-lists.ts';

export class Machine {
  readonly cast: Cast;
  /** Bit set of the threads that may die. */
  readonly mortals: number;
  /** Who was woken by what happened last. */
  woken: readonly Waiter[] = [];
  /** What threads were told since this was last emptied. */
  told: Told[] = [];
  readonly #troupe: Troupe;
  #index = 0;
  #buffer: SharedArrayBuffer | undefined;
  #deaths = 0;

  constructor(troupe: Troupe, allowsCancels: boolean, mortals: number) {
    this.#troupe = troupe;
    this.cast = new Cast(troupe.control, allowsCancels);
    this.mortals = mortals;
  }

  /** Makes ready for a schedule, on fresh memory. */
  renew(tracing: boolean): void {
    const { control, size } = this.#troupe;
    const { words } = control;
    words[DISCOVERED] = 0;
    words[TRACING] = tracing ? 1 : 0;
    words[JOURNAL_LENGTH] = 0;
    words[MORTALS] = this.mortals;
    words[SCRATCH_USERS] = this.cast.usesScratch;
    control.begin();
    this.cast.begin(size);
    this.#deaths = 0;
    const { index, buffer } = this.#troupe.next();
    this.#index = index;
    this.#buffer = buffer;
  }

  /** Starts the schedule. What threads will be told in it, as far as it is known, they carry out without a stop. */
  begin(known: readonly Told[] | undefined): void {
    const { cast } = this;
    const threads = [...cast.threads.keys()];
    const toOpen = threads.map((thread) => ({ thread, command: Command.open, argument: this.#index }));
    const starts = (thread: number): boolean => (cast.usesSignal & (1 << thread)) === 0;
    const toStart = threads.filter(starts).map((thread) => ({ thread, command: Command.start, argument: 0 }));
    if (known !== undefined) this.#troupe.foresee([...toOpen, ...toStart, ...known]);
    for (const { thread, command, argument } of toOpen) {
      this.#tell(thread, command, argument);
      cast.state(thread).status = 'unstarted';
    }
    for (const thread of threads) if (starts(thread)) this.#tell(thread, Command.start);
    this.told = [];
  }

  /** Whether the thread is about to make an operation that neither blocks nor wakes. */
  isPlain(thread: number): boolean {
    const state = this.cast.state(thread);
    return state.status === 'pending' && state.operation <= LAST_PLAIN;
  }

  /** Whether the thread can go on by itself. */
  isRunnable(thread: number): boolean {
    const state = this.cast.state(thread);
    return isRunnable(state) || state.spins;
  }

  /** What the thread is about to do, as a number to compare replays by. */
  keyOf(thread: number): number {
    const state = this.cast.state(thread);
    return state.status === 'pending' ? keyOf(state.operation, state.offset) : -1;
  }

  /** The tested memory, but for what is no whole word at its end. */
  get memory(): Int32Array {
    const buffer = this.#buffer as SharedArrayBuffer;
    return new Int32Array(buffer, 0, buffer.byteLength >> 2);
  }

  /** Whether what may happen depends on that this thread ran last. */
  mattersAsLast(thread: number): boolean {
    return thread >= 0 && mattersAsLast(this.cast.state(thread), (this.mortals & (1 << thread)) !== 0);
  }

  /** What may happen now; see {@linkcode possibleChoices}. */
  choices(last: number, spent: Budget, limit: Limit, assumePlain: boolean): Choice[] {
    const { mortal, cancelsWhenStuck } = this.#troupe;
    const { threads, usesSignal } = this.cast;
    const situation = { mortal, cancelsWhenStuck, usesSignal, last, spent, limit, assumePlain };
    return possibleChoices(threads, situation);
  }

  /** Makes it happen. A plain operation may be followed by more of the same thread, up to `most` in all. */
  apply(choice: Choice, most: number): void {
    const thread = threadOf(choice);
    const state = this.cast.state(thread);
    for (const other of this.cast.threads) if (other !== state) other.spins = false;
    this.woken = [];
    switch (happeningOf(choice)) {
      case Happening.run:
        this.#advance(thread, state, most);
        break;
      case Happening.timeOut:
        this.#note(thread, state.status === 'blocked' ? 'the wait on @ times out' : 'a timer fires', state.offset);
        this.cast.abandonWait(thread);
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
        this.#deaths |= 1 << thread;
        this.#tell(thread, Command.die);
        this.cast.bury(thread);
    }
  }

  /** Everyone is done or dead. */
  get isComplete(): boolean {
    return this.cast.unfinished.length === 0;
  }

  /** Tells threads that await a death which can no longer come, if nothing but that keeps them. */
  tellNobodyDies(): boolean {
    const { unfinished } = this.cast;
    if (unfinished.length === 0 || !unfinished.every((thread) => this.cast.state(thread).awaitsDeath)) return false;
    for (const thread of unfinished) this.#tell(thread, Command.death, -1);
    return true;
  }

  /**
   * Lets the scenario judge the outcome if the schedule is complete, and unwinds the threads that are still in the
   * middle of something. False if the outcome is wrong.
   */
  end(checks: boolean): boolean {
    const toEnd = [...this.cast.threads.keys()].filter((thread) => this.#mustUnwind(thread, checks));
    const commands = toEnd.map((thread) => ({ thread, command: Command.close, argument: 0 }));
    const check = { thread: 0, command: Command.check, argument: this.#deaths };
    this.#troupe.foresee(checks ? [check, ...commands] : commands);
    if (checks) this.#tell(0, Command.check, this.#deaths);
    const holds = !this.cast.failed;
    for (const thread of toEnd) this.#troupe.run(thread, Command.close);
    // What the check began.
    const { earliest } = this.cast.state(0);
    if (checks && earliest !== 0 && !toEnd.includes(0)) this.#troupe.run(0, Command.close);
    return holds;
  }

  /** Why nobody can go on. */
  describeStuck(): string {
    return describeStuck(this.cast.threads, this.cast.waiters, this.#buffer);
  }

  /** The check brings the thread that makes it back to life. */
  #mustUnwind(thread: number, checks: boolean): boolean {
    const { status, done, earliest } = this.cast.state(thread);
    if (status === 'dead') return checks && thread === 0 && !done;
    return !(status === 'idle' && done && earliest === 0);
  }

  #advance(thread: number, state: ThreadState, most: number): void {
    switch (state.status) {
      case 'unstarted':
        this.#note(thread, 'starts');
        this.#tell(thread, Command.start);
        break;
      case 'pending':
        if (state.operation === Operation.notify) {
          this.woken = this.cast.wake(state.offset, state.count);
          this.#tell(thread, Command.grant, this.woken.length);
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

  #tell(thread: number, command: number, argument = 0): void {
    this.told.push({ thread, command, argument });
    this.#troupe.run(thread, command, argument);
    this.cast.absorb(thread);
  }

  #note(thread: number, text: string, offset = -1): void {
    const { control } = this.#troupe;
    if (control.words[TRACING] === 1) control.write({ kind: 'trace', thread, text, offset, local: false, at: '' });
  }
}
