/** The threads under test as the controller sees them: what each is about to do, and who waits on which word. */
import { type Control, DISCOVERED } from './control.ts';
import { Flag, REGISTERED, REGISTERED_OFFSET } from './lane.ts';
import { newThread, readReport, type ThreadState } from './thread-state.ts';
import { type Waiter, WaiterLists } from './waiter-lists.ts';

export class Cast {
  /** Bit set of the threads that use their signal. They start as a step of the search: a cancel may come first. */
  usesSignal = 0;
  /** Bit set of the threads that use the scratch words. */
  usesScratch = 0;
  /** Something was learned that changes where schedules have their points. */
  discovered = false;
  /** A thread has failed. */
  failed = false;
  readonly waiters: WaiterLists = new WaiterLists();
  threads: readonly ThreadState[] = [];
  readonly #control: Control;
  readonly #allowsCancels: boolean;

  constructor(control: Control, allowsCancels: boolean) {
    this.#control = control;
    this.#allowsCancels = allowsCancels;
  }

  /** Starts a schedule. */
  begin(size: number): void {
    this.waiters.clear();
    this.discovered = false;
    this.failed = false;
    this.threads = Array.from({ length: size }, newThread);
  }

  state(thread: number): ThreadState {
    return this.threads[thread] as ThreadState;
  }

  /** Bit set of the threads that would spin. */
  get spinning(): number {
    return this.threads.reduce((bits, { spins }, thread) => (spins ? bits | (1 << thread) : bits), 0);
  }

  /** The threads that are neither done nor dead. */
  get unfinished(): number[] {
    return [...this.threads.keys()].filter((thread) => {
      const { done, status } = this.state(thread);
      return !done && status !== 'dead';
    });
  }

  sharesScratch(thread: number): boolean {
    return (this.usesScratch & (1 << thread)) !== 0;
  }

  /** Takes in what a thread reported. */
  absorb(thread: number): void {
    const state = this.state(thread);
    const flags = readReport(this.#control, thread, state);
    this.failed ||= (flags & Flag.failed) !== 0;
    if (this.#allowsCancels && (flags & Flag.usesSignal) !== 0 && (this.usesSignal & (1 << thread)) === 0) {
      this.usesSignal |= 1 << thread;
      this.discovered = true;
    }
    if ((flags & Flag.usesScratch) !== 0 && !this.sharesScratch(thread)) {
      this.usesScratch |= 1 << thread;
      this.discovered = true;
    }
    this.discovered ||= this.#control.words[DISCOVERED] === 1;
    this.#absorbWait(thread, state);
  }

  /** Wakes up to `count` who wait on a word. */
  wake(offset: number, count: number): readonly Waiter[] {
    const woken = this.waiters.take(offset, count);
    for (const { thread, number } of woken) {
      const state = this.state(thread);
      if (number === 0) state.woken = true;
      else state.inbox.push(number);
    }
    return woken;
  }

  /** A wait of the thread that is in the lists times out. */
  abandonWait(thread: number): void {
    const { status, earliest } = this.state(thread);
    if (status === 'blocked') this.waiters.remove(thread, 0);
    else if (earliest > 0) this.waiters.remove(thread, earliest);
  }

  /** A thread is dead: it waits for nothing any more, and the others may be told. */
  bury(thread: number): void {
    this.waiters.remove(thread);
    this.state(thread).status = 'dead';
    for (const [other, { deaths }] of this.threads.entries()) if (other !== thread) deaths.push(thread);
  }

  #absorbWait(thread: number, state: ThreadState): void {
    const { words } = this.#control;
    const registered = words[this.#control.lane(thread, REGISTERED)] as number;
    const offset = words[this.#control.lane(thread, REGISTERED_OFFSET)] as number;
    if (registered !== 0) this.waiters.add(offset, { thread, number: registered });
    if (state.status === 'blocked') this.waiters.add(state.offset, { thread, number: 0 });
  }
}
