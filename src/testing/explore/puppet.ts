/**
 * A thread under test, from inside: where it stops, and what it was told.
 *
 * Which operations are scheduling points. An operation on a word that only one thread uses, or that nobody writes,
 * commutes with everything the other threads do: a switch just before it leads to the same states as a switch before
 * the thread's next operation on a conflicted word. So only conflicted words stop the thread. Which words those are is
 * learned while searching: the first access that makes a word conflicted sets DISCOVERED and the search starts over,
 * keeping what it learned. The same goes for `notify` on a word on which nobody has ever waited. The writes of a thread
 * that may die are all points: what it had written when it died is for everyone to see.
 */
import { type Control, MORTALS, SCRATCH_USERS, TRACING } from './control.ts';
import {
  ARGUMENT,
  COMMAND,
  Command,
  COUNT,
  EARLIEST,
  Flag,
  FLAGS,
  LAST_PLAIN,
  LOGGED,
  OFFSET,
  OPERATION,
  Operation,
  REGISTERED,
  REGISTERED_OFFSET,
  REPORT,
  Report,
} from './lane.ts';
import { hashOf } from './hash-list.ts';
import { noteAccess, noteWait } from './knowledge.ts';
import { keyOf, LOGS } from './operation-key.ts';
import { DeathSnapshot, ThreadDeath } from './thread-death.ts';
import { VirtualTimers } from './virtual-timers.ts';

/** Operations on unshared words that a thread may make in a row before that is called a livelock. */
const MAX_LOCAL_OPERATIONS = 100_000;

/** How an operation ended that may block. */
export type WaitResult = 'ok' | 'not-equal' | 'timed-out';

export class Puppet {
  readonly control: Control;
  readonly thread: number;
  readonly timers: VirtualTimers;
  /** The memory under test while a body runs; undefined between schedules and during setup, attach and check. */
  tested: SharedArrayBuffer | undefined;
  /** A schedule is open: time is virtual. */
  live = false;
  /** Flags of the next report. */
  flags = 0;
  /** The thread has died, or its schedule is over: it unwinds. */
  dead = false;
  /** The body has returned, and not a promise: it may do nothing more. */
  returned = false;
  /** Whether this run called for the event loop, so that its microtasks must run before it counts as stopped. */
  usedEventLoop = false;
  readonly #words: Int32Array;
  readonly #asyncWaiters = new Map<number, (result: WaitResult) => void>();
  #nextWaiter = 1;
  #granted = 0;
  #logged = 0;
  #usesScratch = false;
  #local = 0;
  #snapshot: DeathSnapshot | undefined;

  constructor(control: Control, thread: number) {
    this.control = control;
    this.thread = thread;
    this.#words = control.words;
    this.timers = new VirtualTimers(control.clock);
  }

  /** Starts a schedule. */
  open(): void {
    this.tested = undefined;
    this.live = true;
    this.dead = false;
    this.flags = 0;
    this.usedEventLoop = false;
    this.returned = false;
    this.#asyncWaiters.clear();
    this.#nextWaiter = 1;
    this.#granted = 0;
    this.#logged = 0;
    this.#local = 0;
    this.#usesScratch = ((this.#words[SCRATCH_USERS] as number) & (1 << this.thread)) !== 0;
  }

  /** Whether the schedule's steps are written to the journal. */
  get tracing(): boolean {
    return this.#words[TRACING] === 1;
  }

  /** Notes an access of `size` bytes. True if it is a scheduling point. */
  conflicts(offset: number, size: number, writes: boolean): boolean {
    const isMortal = ((this.#words[MORTALS] as number) & (1 << this.thread)) !== 0;
    return noteAccess(this.control, this.thread, offset, size, writes) || (writes && isMortal);
  }

  /** Whether anybody has ever waited on the word; with `waits`, somebody does now. */
  isWaitedOn(offset: number, waits: boolean): boolean {
    return noteWait(this.control, offset, waits);
  }

  /** An operation that is no scheduling point. */
  pass(): void {
    this.#checkAlive();
    if (++this.#local > MAX_LOCAL_OPERATIONS) this.enter(Operation.overrun, 0, 0);
  }

  /** A scheduling point: returns when the operation may be made. The result is the command's argument. */
  enter(operation: number, offset: number, count: number): number {
    this.#checkAlive();
    const words = this.#words;
    const { control, thread } = this;
    if (this.#granted > 0 && operation <= LAST_PLAIN) {
      this.#granted--;
      if (this.#usesScratch) words[control.scratchAfter(thread, this.#logged - 1)] = hashOf(control.scratch);
      words[control.logged(thread, this.#logged++)] = keyOf(operation, offset);
      return 0;
    }
    words[control.lane(thread, OPERATION)] = operation;
    words[control.lane(thread, OFFSET)] = offset;
    words[control.lane(thread, COUNT)] = count;
    this.report(Report.pending);
    this.#obey();
    words[control.logged(thread, 0)] = keyOf(operation, offset);
    this.#logged = 1;
    const argument = words[control.lane(thread, ARGUMENT)] as number;
    this.#granted = operation <= LAST_PLAIN ? argument - 1 : 0;
    return argument;
  }

  /** The scenario noted something. */
  noted(): void {
    if (this.#logged === 0) this.flags |= Flag.notes;
    else this.mark(LOGS);
  }

  /** Adds to the key of the operation that was made last. */
  mark(bit: number): void {
    if (this.#logged === 0) return;
    const index = this.control.logged(this.thread, this.#logged - 1);
    this.#words[index] = (this.#words[index] as number) | bit;
  }

  /** A scheduling point of the scenario's own. */
  step(label: string): void {
    if (this.tested === undefined) return;
    this.enter(Operation.step, 0, 0);
    if (!this.tracing) return;
    this.control.write({ kind: 'trace', thread: this.thread, text: label, offset: -1, local: false, at: '' });
  }

  /** Sleeps in a blocking wait until the controller ends it. */
  block(offset: number, timeoutMs: number): WaitResult {
    const { control, thread } = this;
    const due = this.timers.now() + timeoutMs;
    this.#words[control.lane(thread, OFFSET)] = offset;
    this.report(Report.blocked, timeoutMs < Infinity ? 1 : 0);
    if (this.#obey() === Command.wake) return 'ok';
    this.timers.advance(due);
    return 'timed-out';
  }

  /** Registers an asynchronous wait, which the next report tells the controller of. */
  waitAsync(offset: number, timeoutMs: number): Promise<WaitResult> {
    const waiter = this.#nextWaiter++;
    this.#words[this.control.lane(this.thread, REGISTERED)] = waiter;
    this.#words[this.control.lane(this.thread, REGISTERED_OFFSET)] = offset;
    this.usedEventLoop = true;
    return new Promise((resolve) => {
      this.#asyncWaiters.set(waiter, resolve);
      if (timeoutMs < Infinity) this.timers.add(timeoutMs, () => this.settle(waiter, 'timed-out'), waiter);
    });
  }

  /** Ends an asynchronous wait. */
  settle(waiter: number, result: WaitResult): void {
    const resolve = this.#asyncWaiters.get(waiter);
    this.#asyncWaiters.delete(waiter);
    this.timers.forgetWaiter(waiter);
    resolve?.(result);
  }

  /** Writes the report and sleeps until the next command, which it returns. */
  report(kind: number, timed = 0): number {
    const { control, thread } = this;
    const words = this.#words;
    words[control.lane(thread, REPORT)] = kind;
    words[control.lane(thread, FLAGS)] = this.flags | (timed * 4);
    words[control.lane(thread, LOGGED)] = this.#logged;
    words[control.lane(thread, EARLIEST)] = this.timers.earliest;
    control.handOver(thread);
    words[control.lane(thread, REGISTERED)] = 0;
    this.flags &= ~Flag.notes;
    this.#logged = 0;
    this.#granted = 0;
    this.#local = 0;
    return words[control.lane(thread, COMMAND)] as number;
  }

  /** The thread is to die: what it still does while it unwinds will be undone. */
  die(): void {
    this.dead = true;
    if (this.tested === undefined) return;
    const { scratch, clock } = this.control;
    this.#snapshot = new DeathSnapshot(this.tested, scratch, clock);
  }

  /** The dead thread has unwound: takes back the plain writes of its `finally` blocks, and the time that passed. */
  buried(): void {
    this.#snapshot?.restore();
    this.#snapshot = undefined;
    this.#asyncWaiters.clear();
  }

  #checkAlive(): void {
    if (this.dead) throw new ThreadDeath();
    if (this.returned) throw new Error('A body returned before its promises had settled: make it async');
  }

  #obey(): number {
    const command = this.#words[this.control.lane(this.thread, COMMAND)] as number;
    if (command === Command.die) this.die();
    if (command === Command.close) this.dead = true;
    if (this.dead) throw new ThreadDeath();
    return command;
  }
}
