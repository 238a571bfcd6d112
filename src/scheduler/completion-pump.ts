/**
 * When the pool looks for completions, and how it waits for them.
 *
 *     run() ──> pump, as a microtask ──> took some?   yes: again after the callers' continuations (a microtask)
 *                                                     no, tasks out: spin a little while that pays; else park
 *                                                     no tasks out: rest, until the next run()
 *
 * While work flows, the pool and its threads thus meet in shared memory without a system call. A chain of microtasks
 * keeps timers and I/O waiting, so after TURN_MS the next link goes through the event loop. Parked, the pool is woken
 * by its doorbell and holds the process alive as long as a caller waits.
 */
import { runtime } from '../runtime.ts';
import { spinHint } from '../memory/atomic.ts';
import type { Doorbell } from '../signal/doorbell.ts';
import { LoopHold } from '../signal/keep-alive.ts';
import type { CompletionReader } from './completion-ring.ts';
import { SpinBudget } from './spin-budget.ts';

/** How long completions may be handled before timers and I/O get their turn. */
const TURN_MS = 2;
/** How many completions are taken before their callers go on. */
const BURST = 1024;
const RESOLVED: Promise<void> = Promise.resolve();

/** What is out. */
export interface PumpedWork {
  /** Tasks that hold slots, and tasks whose callers wait. */
  readonly occupied: number;
  readonly inFlight: number;
  /** Whether it is worth spinning for a completion. */
  readonly expectsCompletion: boolean;
}

/** What the pump serves. */
export interface Pumped {
  readonly readers: ReadonlyArray<{ readonly reader: CompletionReader; readonly index: number }>;
  /** Takes the next entry of a thread's ring, and handles it. */
  handle(reader: CompletionReader, thread: number): void;
  /** Completions may have been taken, tasks may have been cancelled: room may have been made. */
  settled(): void;
  readonly work: PumpedWork;
  /** Nothing is out. */
  rested(): void;
}

export class CompletionPump {
  readonly #pumped: Pumped;
  readonly #bell: Doorbell;
  readonly #loop = new LoopHold();
  readonly #spin: SpinBudget;
  readonly #unlisten: () => void;
  #scheduled = false;
  #turnStart = 0;
  #links = 0;
  #resting = true;
  /** It is parked, holds the process alive, and hears the doorbell. */
  #isWaiting = false;

  constructor(pumped: Pumped, bell: Doorbell, spinMs: number) {
    this.#pumped = pumped;
    this.#bell = bell;
    this.#spin = new SpinBudget(spinMs);
    this.#unlisten = bell.listen(() => {
      if (!this.#resting && !this.#scheduled) this.#startTurn();
    });
  }

  /** Work was submitted. One that waits already, and would not spin, has nothing to do until the answer comes. */
  expect(): void {
    if (!this.#isWaiting || this.#pumped.work.expectsCompletion) this.schedule();
  }

  /** Something happened that the pump should look at. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#resting = false;
    void RESOLVED.then(this.#pump);
  }

  /** Stops for good. */
  stop(): void {
    this.#resting = true;
    this.#loop.release();
    this.#unlisten();
  }

  readonly #startTurn = (): void => {
    this.#turnStart = runtime().now();
    this.#links = 0;
    this.#pump();
  };

  readonly #pump = (): void => {
    this.#scheduled = false;
    this.#isWaiting = false;
    const pumped = this.#pumped;
    const took = this.#collect();
    pumped.settled();
    if (took) {
      this.#again();
    } else if (pumped.work.occupied === 0 && pumped.work.inFlight === 0) {
      this.#rest();
    } else if (this.#spinForCompletion()) {
      this.#collect();
      pumped.settled();
      this.#again();
    } else {
      this.#park();
    }
  };

  #collect(): boolean {
    const { readers } = this.#pumped;
    let taken = 0;
    for (let i = 0; i < readers.length && taken < BURST; i++) {
      const { reader, index } = readers[i] as Pumped['readers'][number];
      while (!reader.isEmpty && taken < BURST) {
        this.#pumped.handle(reader, index);
        taken++;
      }
    }
    return taken > 0;
  }

  #anyCompletion(): boolean {
    const { readers } = this.#pumped;
    for (let i = 0; i < readers.length; i++) if (!(readers[i] as Pumped['readers'][number]).reader.isEmpty) return true;
    return false;
  }

  /** The next link of the chain: after the microtasks that are queued now, or after a turn of the event loop. */
  #again(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // The clock is read every 16th time: it costs as much as handling a completion.
    if ((++this.#links & 15) === 0 && runtime().now() - this.#turnStart > TURN_MS) runtime().defer(this.#startTurn);
    else void RESOLVED.then(this.#pump);
  }

  #spinForCompletion(): boolean {
    const limit = this.#pumped.work.expectsCompletion ? this.#spin.take() : 0;
    if (limit === 0) return false;
    const end = runtime().now() + limit;
    do {
      for (let i = 0; i < 64; i++) {
        if (this.#anyCompletion()) {
          this.#spin.hit();
          return true;
        }
        spinHint();
      }
    } while (runtime().now() < end);
    this.#spin.miss();
    return false;
  }

  #park(): void {
    const ticket = this.#bell.ticket();
    if (this.#anyCompletion()) {
      this.schedule();
      return;
    }
    this.#bell.arm(ticket);
    this.#isWaiting = this.#pumped.work.inFlight > 0;
    if (this.#isWaiting) this.#loop.hold();
    else this.#loop.release();
  }

  #rest(): void {
    this.#resting = true;
    this.#loop.release();
    this.#pumped.rested();
  }
}
