/** Runs a task on each item of an iterable, pulling only what can run. */

/** Options for `pool.map`. */
export interface MapOptions {
  /** How many items are in flight at the same time. @default what keeps every thread busy */
  readonly concurrency?: number;
  /** Results in the order of the items; otherwise as they come. @default true */
  readonly ordered?: boolean;
  /** Ends the iteration: what runs is cancelled. */
  readonly signal?: AbortSignal;
}

type Outcome<R> = { readonly value: R } | { readonly error: unknown };

/** An item on its way, and what came of it once that is known. */
class Flight<R> {
  outcome: Outcome<R> | undefined;
}

/** Runs `run` on the items of a source, at most `concurrency` at a time. */
export class TaskMap<T, R> {
  readonly #source: Iterator<T> | AsyncIterator<T>;
  readonly #run: (item: T, signal: AbortSignal) => Promise<R>;
  readonly #concurrency: number;
  readonly #ordered: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #stop = new AbortController();
  /** In the order of the items; and, unordered, those that are over in the order in which they came. */
  readonly #flights = new Set<Flight<R>>();
  readonly #landed: Array<Flight<R>> = [];
  #pulling = false;
  #sourceEnded = false;
  #failed = false;
  /** Whatever happens wakes the one loop, which then looks at all the facts. */
  #wake: () => void = () => {};

  constructor(
    items: Iterable<T> | AsyncIterable<T>,
    run: (item: T, signal: AbortSignal) => Promise<R>,
    concurrency: number,
    ordered: boolean,
    signal: AbortSignal | undefined,
  ) {
    this.#source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    this.#run = run;
    this.#concurrency = concurrency;
    this.#ordered = ordered;
    this.#signal = signal;
  }

  /**
   * Yields the results. Items are pulled while fewer than `concurrency` results are unread or out, so a slow consumer
   * slows the source down, and a source that has no next item yet holds nothing back. An error ends the iteration: in
   * order, once the results of the items before it have been read; otherwise at once. Leaving early cancels what is
   * out.
   */
  async *results(): AsyncGenerator<R, void, undefined> {
    const onAbort = (): void => this.#wake();
    this.#signal?.addEventListener('abort', onAbort, { once: true });
    try {
      for (;;) {
        this.#signal?.throwIfAborted();
        this.#pull();
        const flight = this.#next();
        if (flight?.outcome !== undefined) {
          this.#flights.delete(flight);
          if ('error' in flight.outcome) throw flight.outcome.error;
          yield flight.outcome.value;
        } else if (this.#sourceEnded && this.#flights.size === 0) {
          return;
        } else {
          await new Promise<void>((resolve) => (this.#wake = resolve));
        }
      }
    } finally {
      this.#signal?.removeEventListener('abort', onAbort);
      this.#leave();
    }
  }

  /** Pulls items until enough are out, or the source has to be waited for. */
  #pull(): void {
    while (!this.#pulling && !this.#sourceEnded && !this.#failed && this.#flights.size < this.#concurrency) {
      this.#pulling = true;
      try {
        const step = this.#source.next();
        if (isPromise(step)) step.then(this.#take, this.#sourceFailed);
        else this.#take(step);
      } catch (error) {
        this.#sourceFailed(error);
      }
    }
  }

  readonly #take = (step: IteratorResult<T>): void => {
    this.#pulling = false;
    if (step.done === true) this.#sourceEnded = true;
    else this.#start(step.value);
    this.#wake();
  };

  /** The source's error takes the place of the item that it could not give. */
  readonly #sourceFailed = (error: unknown): void => {
    this.#pulling = false;
    this.#sourceEnded = true;
    this.#land(this.#takeOff(), { error });
  };

  #start(item: T): void {
    const flight = this.#takeOff();
    this.#run(item, this.#stop.signal).then(
      (value) => this.#land(flight, { value }),
      (error: unknown) => this.#land(flight, { error }),
    );
  }

  #takeOff(): Flight<R> {
    const flight = new Flight<R>();
    this.#flights.add(flight);
    return flight;
  }

  #land(flight: Flight<R>, outcome: Outcome<R>): void {
    flight.outcome = outcome;
    if ('error' in outcome) this.#failed = true;
    if (!this.#ordered) this.#landed.push(flight);
    this.#wake();
  }

  #next(): Flight<R> | undefined {
    if (!this.#ordered) return this.#landed.shift();
    const [oldest] = this.#flights;
    return oldest;
  }

  #leave(): void {
    this.#stop.abort();
    // Not awaited: a source that is in the middle of its next item answers only after that.
    if (!this.#sourceEnded) void Promise.resolve(this.#source.return?.()).catch(() => {});
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown }).then === 'function';
}
