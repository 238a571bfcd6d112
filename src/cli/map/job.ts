/**
 * The job itself: lines in, calls on the pool, results out, with every stage held back by the one after it.
 *
 *     source -> [retries] -> pace -> window -> pool -> [order] -> output
 *                  ^                             |
 *                  +------ failed, tries left ---+-> failures
 *
 * One loop admits items for as long as there is room, then waits at one gate for any fact that may make room: an item
 * settled, the output drained, input came, a time came, a stop was asked for. What is held at a time is bounded in
 * number and in size at every stage, so memory is constant however long the input is.
 */
import { ModuleLoadError, PoolClosedError, TaskNotFoundError } from '../../errors.ts';
import { Deadlines } from '../../pacing/deadlines.ts';
import type { Runtime } from '../../runtime.ts';
import type { EnginePool, EngineRunOptions } from '../io.ts';
import { Alarm } from './alarm.ts';
import type { FailureLog } from './failure-log.ts';
import type { Format } from './format.ts';
import type { Gate } from './gate.ts';
import type { Ledger } from './ledger.ts';
import type { LineSource } from './line-source.ts';
import { OrderWindow } from './order-window.ts';
import { Pacer } from './pacer.ts';
import { retryDelay } from './retry-delay.ts';
import { RetryQueue } from './retry-queue.ts';
import type { Sink } from './sink.ts';
import { Window } from './window.ts';

/** Characters of input that may be in work at a time: long lines are bounded by their size, not by their number. */
const MOST_CHARACTERS = 64 * 1024 * 1024;
/** Results that may wait for an earlier one with `--ordered`, in number ... */
const MOST_AHEAD = 8_192;
/** ... and in characters. */
const MOST_CHARACTERS_AHEAD = 64 * 1024 * 1024;
/** Items that may wait for their next try. */
const MOST_RETRYING = 1_024;

/** How a job works. */
export interface JobPlan {
  /** The task to call. */
  readonly task: string;
  readonly format: Format;
  readonly ordered: boolean;
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
  readonly output: Sink;
  readonly failures: FailureLog;
  /** True while the record of failures takes no more. */
  readonly failuresFull: () => boolean;
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
}

/** Written out when its turn comes. */
interface Printed {
  readonly text: string;
  readonly line: number;
}

/** One run over one input. */
export class MapJob {
  readonly #plan: JobPlan;
  readonly #parts: JobParts;
  readonly #window: Window;
  readonly #order: OrderWindow<Printed>;
  readonly #pacer: Pacer | undefined;
  readonly #paceAlarm: Alarm;
  readonly #retries: RetryQueue<Item>;
  #inFlight = 0;
  #charactersInFlight = 0;
  #charactersAhead = 0;
  #done = 0;
  #stopped = false;
  #abandoned = false;
  #fatal: unknown;

  constructor(plan: JobPlan, parts: JobParts) {
    const { clock, gate } = parts;
    const deadlines = new Deadlines(clock);
    const ring = (): void => gate.ring();
    this.#plan = plan;
    this.#parts = parts;
    this.#window = new Window(plan.lanes, clock.now);
    this.#order = new OrderWindow<Printed>((printed) => {
      this.#charactersAhead -= printed.text.length;
      parts.output.write(printed.text, printed.line);
    });
    this.#pacer = plan.interval === undefined ? undefined : new Pacer(plan.interval);
    this.#paceAlarm = new Alarm(deadlines, ring);
    this.#retries = new RetryQueue<Item>(deadlines, ring);
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
    return this.#inFlight;
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
      const noneToCome = this.#stopped || (source.ended && this.#retries.size === 0);
      if (this.#abandoned || (noneToCome && this.#inFlight === 0)) break;
      await gate.wait();
    }
    this.#paceAlarm.cancel();
  }

  /** Takes nothing more on; what is running is finished. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#retries.clear();
    this.#paceAlarm.cancel();
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
    while (!this.#stopped && this.#hasRoom() && this.#isPaced()) {
      const item = this.#nextItem();
      if (item === undefined) return;
      this.#submit(item);
    }
  }

  #hasRoom(): boolean {
    return (
      this.#inFlight < this.#window.size &&
      (this.#inFlight === 0 || this.#charactersInFlight < MOST_CHARACTERS) &&
      !this.#parts.output.full &&
      !this.#parts.failuresFull()
    );
  }

  /** Whether a new line may be taken on. An item to retry is let in regardless: what waits for order may wait for it. */
  #hasRoomForNew(): boolean {
    if (this.#retries.size >= MOST_RETRYING) return false;
    return !this.#plan.ordered || (this.#order.span < MOST_AHEAD && this.#charactersAhead < MOST_CHARACTERS_AHEAD);
  }

  #isPaced(): boolean {
    if (this.#pacer === undefined) return true;
    const now = this.#parts.clock.now();
    const due = this.#pacer.due(now);
    if (due <= now) return true;
    this.#paceAlarm.set(due);
    return false;
  }

  #nextItem(): Item | undefined {
    const retried = this.#retries.take();
    if (retried !== undefined) return retried;
    const { source, ledger } = this.#parts;
    const { format } = this.#plan;
    while (!this.#stopped && this.#hasRoomForNew()) {
      const line = source.next();
      if (line === undefined) return undefined;
      if (line.fault === undefined && format.isBlank(line.text)) continue;
      ledger.opened(line.number);
      const place = this.#plan.ordered ? this.#order.reserve() : 0;
      const item: Item = { line: line.number, text: line.text, place, value: undefined, attempts: 0 };
      try {
        if (line.fault !== undefined) throw new RangeError(line.fault);
        item.value = format.parse(line.text);
        return item;
      } catch (error) {
        // What cannot be read today cannot be read at the next try either.
        this.#fail(item, error);
      }
    }
    return undefined;
  }

  #submit(item: Item): void {
    this.#inFlight++;
    this.#charactersInFlight += item.text.length;
    this.#pacer?.take(this.#parts.clock.now());
    item.attempts++;
    this.#parts.pool.run(this.#plan.task, [item.value], this.#plan.runOptions).then(
      (result) => this.#returned(item, result),
      (error: unknown) => this.#threw(item, error),
    );
  }

  #left(item: Item): void {
    this.#inFlight--;
    this.#charactersInFlight -= item.text.length;
    this.#window.completed();
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
    if (this.#plan.ordered) {
      this.#charactersAhead += text.length;
      this.#order.fill(item.place, { text, line: item.line });
    } else {
      this.#parts.output.write(text, item.line);
    }
    this.#parts.onProgress();
  }

  #threw(item: Item, error: unknown): void {
    if (this.#abandoned) return;
    this.#left(item);
    if (error instanceof PoolClosedError || error instanceof ModuleLoadError || error instanceof TaskNotFoundError) {
      this.#fatal ??= error;
      this.stop();
    } else if (item.attempts > this.#plan.retry) {
      this.#fail(item, error);
    } else if (!this.#stopped) {
      const delay = retryDelay(item.attempts, this.#parts.random());
      this.#retries.add(item, this.#parts.clock.now() + delay);
    }
    // After a stop, an item with tries left stays open in the ledger: whoever resumes tries it again.
  }

  #fail(item: Item, error: unknown): void {
    const { failures } = this.#parts;
    failures.add({ line: item.line, input: item.text, error, attempts: item.attempts });
    if (this.#plan.ordered) this.#order.fill(item.place, undefined);
    this.#parts.onProgress();
    if (failures.count > this.#plan.maxErrors) this.stop();
  }
}
