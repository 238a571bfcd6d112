/**
 * The job itself: lines in, calls on the pool, results out, with every stage held back by the one after it.
 *
 *     source -> window -> [retries] -> pace -> pool -> [order] -> output
 *                             ^                  |
 *                             +------ failed, tries left ---+-> failures
 *
 * One loop admits items for as long as there is room, then waits at one gate for any fact that may make room: an item
 * settled, the output drained, input came, a time came, a stop was asked for. What is held at a time is bounded in
 * number and in size at every stage, so memory is constant however long the input is.
 */
import { ModuleLoadError, PoolClosedError, TaskNotFoundError } from '../../errors.ts';
import { Backoff } from '../../pacing/backoff/backoff.ts';
import { Deadlines } from '../../pacing/deadlines.ts';
import type { Runtime } from '../../runtime.ts';
import type { EnginePool, EngineRunOptions } from '../io.ts';
import type { FailureLog } from './failure-log.ts';
import type { Format } from './format.ts';
import type { Gate } from './gate.ts';
import type { Ledger } from './ledger.ts';
import type { LineSource } from './line-source.ts';
import { Load } from './load.ts';
import { Pace } from './pace.ts';
import type { Results } from './results.ts';
import { RetryQueue } from './retry-queue.ts';

/** Items that may wait for their next try. */
const MOST_RETRYING = 1_024;

/** How a job works. */
export interface JobPlan {
  /** The task to call. */
  readonly task: string;
  readonly format: Format;
  readonly retry: number;
  readonly maxErrors: number;
  /** Milliseconds between two calls. */
  readonly interval: number | undefined;
  readonly runOptions: EngineRunOptions | undefined;
  /** How many items the pool runs at a time. */
  readonly lanes: number;
}

/** What a job works with. The sinks and the source ring `gate` when they have room or lines. */
export interface JobParts {
  readonly pool: EnginePool;
  readonly source: LineSource;
  readonly results: Results;
  readonly failures: FailureLog;
  /** False while the output or the record of failures is full, or no thread is free for an item that has a timeout. */
  readonly hasRoom: () => boolean;
  readonly ledger: Ledger;
  readonly gate: Gate;
  readonly clock: Pick<Runtime, 'now' | 'setTimer'>;
  readonly random: () => number;
  /** Called whenever an item settles. */
  readonly onProgress: () => void;
}

/** A line on its way through the job. */
interface Item {
  readonly line: number;
  readonly text: string;
  /** Its place in the order of the output, with `--ordered`. */
  readonly place: number;
  value: unknown;
  attempts: number;
  /** How long it waits for its next try. */
  backoff: Backoff | undefined;
}

/** One run over one input. */
export class MapJob {
  readonly #plan: JobPlan;
  readonly #parts: JobParts;
  readonly #load: Load;
  readonly #pace: Pace | undefined;
  readonly #retries: RetryQueue<Item>;
  /** What waits for its time. */
  #next: Item | undefined;
  #done = 0;
  #stopped = false;
  #abandoned = false;
  #fatal: unknown;

  constructor(plan: JobPlan, parts: JobParts) {
    const { clock, gate } = parts;
    this.#plan = plan;
    this.#parts = parts;
    this.#load = new Load(plan.lanes, clock.now);
    this.#pace = plan.interval === undefined ? undefined : new Pace(plan.interval, () => gate.ring());
    this.#retries = new RetryQueue<Item>(new Deadlines(clock), () => gate.ring());
  }

  /** Items whose result was handed to the output. */
  get done(): number {
    return this.#done;
  }

  get failed(): number {
    return this.#parts.failures.count;
  }

  /** Items that the pool has. */
  get running(): number {
    return this.#load.items;
  }

  /** What made going on impossible: the pool or its module failed, not an item. */
  get fatal(): unknown {
    return this.#fatal;
  }

  /** Resolves when all items have settled or, after a stop, when those that were running have. */
  async run(): Promise<void> {
    const { gate, source } = this.#parts;
    for (;;) {
      this.#admit();
      const noneToCome = this.#stopped || (source.ended && this.#retries.size === 0 && this.#next === undefined);
      if (this.#abandoned || (noneToCome && this.#load.items === 0)) break;
      await gate.wait();
    }
    this.#pace?.[Symbol.dispose]();
  }

  /** Takes nothing more on; what is running is finished. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#retries.clear();
    this.#next = undefined;
    this.#parts.source.close();
    this.#parts.gate.ring();
  }

  /** Stops, and does not wait for what is running: its outcome has nowhere to go. */
  abandon(): void {
    this.#abandoned = true;
    this.stop();
    this.#parts.gate.ring();
  }

  #admit(): void {
    while (!this.#stopped && this.#hasRoom()) {
      const item = (this.#next ??= this.#nextItem());
      if (item === undefined || this.#pace?.take() === false) return;
      this.#next = undefined;
      this.#submit(item);
    }
  }

  #hasRoom(): boolean {
    return this.#load.hasRoom && this.#parts.hasRoom();
  }

  /** Whether a new line may be taken on. A retried item needs no such room: it has its place in the order already. */
  #hasRoomForNew(): boolean {
    return this.#retries.size < MOST_RETRYING && this.#parts.results.hasRoom;
  }

  #nextItem(): Item | undefined {
    const { source, ledger, results } = this.#parts;
    const { format } = this.#plan;
    const retried = this.#retries.take();
    if (retried !== undefined) return retried;
    while (!this.#stopped && this.#hasRoomForNew()) {
      const read = source.next();
      if (read === undefined) return undefined;
      const { number: line, text, fault } = read;
      if (fault === undefined && format.isBlank(text)) continue;
      ledger.opened(line);
      const item: Item = { line, text, place: results.reserve(), value: undefined, attempts: 0, backoff: undefined };
      try {
        if (fault !== undefined) throw new RangeError(fault);
        item.value = format.parse(text);
        return item;
      } catch (error) {
        // What cannot be read today cannot be read at the next try either.
        this.#fail(item, error);
      }
    }
    return undefined;
  }

  #submit(item: Item): void {
    this.#load.add(item.text);
    item.attempts++;
    this.#parts.pool.run(this.#plan.task, [item.value], this.#plan.runOptions).then(
      (result) => this.#returned(item, result),
      (error: unknown) => this.#threw(item, error),
    );
  }

  #left(item: Item): void {
    this.#load.remove(item.text);
    this.#parts.gate.ring();
  }

  #returned(item: Item, result: unknown): void {
    if (this.#abandoned) return;
    this.#left(item);
    let text: string;
    try {
      text = this.#plan.format.print(result);
    } catch (error) {
      this.#fail(item, error);
      return;
    }
    this.#done++;
    this.#parts.results.fill(item.place, text, item.line);
    this.#parts.onProgress();
  }

  #threw(item: Item, error: unknown): void {
    if (this.#abandoned) return;
    this.#left(item);
    if (isFatal(error)) {
      this.#fatal ??= error;
      this.stop();
    } else if (item.attempts > this.#plan.retry) {
      this.#fail(item, error);
    } else if (!this.#stopped) {
      item.backoff ??= new Backoff({ random: this.#parts.random });
      this.#retries.add(item, this.#parts.clock.now() + item.backoff.next());
    }
    // After a stop, an item with tries left stays open in the ledger: whoever resumes tries it again.
  }

  #fail(item: Item, error: unknown): void {
    const { failures, results } = this.#parts;
    failures.add({ line: item.line, input: item.text, error, attempts: item.attempts });
    results.leaveOut(item.place);
    this.#parts.onProgress();
    if (failures.count > this.#plan.maxErrors) this.stop();
  }
}

/** Errors of the pool rather than of the item. */
function isFatal(error: unknown): boolean {
  return error instanceof PoolClosedError || error instanceof ModuleLoadError || error instanceof TaskNotFoundError;
}
