/**
 * Timers whose time is a choice of the search, not of a clock. Any timer may be late by any amount, so "the earliest
 * timer of this thread fires now" is possible whenever its event loop is free; firing it advances the shared clock.
 */
const MAX_RUN_OUT = 1000;

interface Timer {
  due: number;
  readonly fire: () => void;
  /** The async waiter that this times out, or -1. */
  readonly waiter: number;
}

export class VirtualTimers {
  readonly #clock: Float64Array;
  /** Insertion order breaks ties, as event loops do. */
  readonly #timers = new Set<Timer>();

  constructor(clock: Float64Array) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock[0] as number;
  }

  advance(to: number): void {
    if (to > this.now()) this.#clock[0] = to;
  }

  /** Adds a timer; what it returns removes it. */
  add(delayMs: number, fire: () => void, waiter = -1): () => void {
    const timer: Timer = { due: this.now() + Math.max(0, delayMs || 0), fire, waiter };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  forgetWaiter(waiter: number): void {
    for (const timer of this.#timers) if (timer.waiter === waiter) this.#timers.delete(timer);
  }

  /** 0 when there is none; otherwise what the earliest timer times out, or -1. */
  get earliest(): number {
    return this.#first()?.waiter ?? 0;
  }

  fireEarliest(): void {
    const timer = this.#first();
    if (timer === undefined) return;
    this.#timers.delete(timer);
    this.advance(timer.due);
    timer.fire();
  }

  /**
   * Lets all timers of a thread that is over run out, so that what its code keeps in module state about its timers is
   * as new for the next schedule. Errors are expected: the thread may do nothing more.
   */
  runOut(): void {
    for (let i = 0; i < MAX_RUN_OUT && this.#timers.size > 0; i++) {
      try {
        this.fireEarliest();
      } catch {
        // The thread is dead: its operations throw.
      }
    }
    this.#timers.clear();
  }

  #first(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (first === undefined || timer.due < first.due) first = timer;
    return first;
  }
}
