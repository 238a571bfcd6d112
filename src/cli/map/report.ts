/** What the user is told about a job, all of it on standard error: standard output holds results only. */
import type { CommandIo } from '../io.ts';
import { ProgressLine } from '../progress-line.ts';
import type { ResumePoint } from './ledger.ts';
import type { Clock } from './clock.ts';
import type { MapOptions } from './options.ts';
import { formatCount, renderProgress } from './progress.ts';
import { RateMeter } from './rate-meter.ts';

/** The numbers that a report is made from, read when it is drawn. */
export interface JobState {
  readonly done: () => number;
  readonly failed: () => number;
  /** Bytes of the lines taken from the input. */
  readonly bytes: () => number;
  /** Bytes of the input, if known. */
  readonly inputBytes: number | undefined;
}

/** Shows a job's progress and messages. */
export class Report {
  readonly #io: CommandIo;
  readonly #line: ProgressLine | undefined;
  readonly #state: JobState;
  readonly #startedAt: number;
  readonly #meter: RateMeter;
  #startFraction: number | undefined;

  constructor(options: MapOptions, io: CommandIo, clock: Clock, state: JobState) {
    this.#io = io;
    this.#state = state;
    this.#startedAt = clock.now();
    if (options.skip === 0) this.#startFraction = 0;
    this.#meter = new RateMeter(this.#startedAt);
    // Results that scroll by on the same terminal would run through the line; they show the progress themselves.
    const resultsOnTerminal = options.output === undefined && io.stdout.isTTY === true;
    const wanted = options.progress && !options.quiet && io.stderr.isTTY === true && !resultsOnTerminal;
    this.#line = wanted ? new ProgressLine(io.stderr, clock, (width, now) => this.#render(width, now)) : undefined;
  }

  /** Milliseconds since the job began. */
  elapsed(now: number): number {
    return now - this.#startedAt;
  }

  /** An item settled. */
  progressed(): void {
    this.#line?.update();
  }

  /** Shows one line of text. */
  say(text: string): void {
    if (this.#line === undefined) this.#io.stderr.write(`${text}\n`);
    else this.#line.print(text);
  }

  /** Takes the progress away; what is said from now on stays. */
  end(): void {
    this.#line?.end();
  }

  #render(width: number, now: number): string {
    const { done, failed, bytes, inputBytes } = this.#state;
    const fraction = inputBytes === undefined || inputBytes === 0 ? undefined : bytes() / inputBytes;
    // When something was skipped: at the first look that is behind, and little else.
    this.#startFraction ??= fraction;
    return renderProgress(
      {
        done: done(),
        failed: failed(),
        elapsed: this.elapsed(now),
        rate: this.#meter.sample(done() + failed(), now),
        ...(fraction === undefined ? {} : { fraction, startFraction: this.#startFraction ?? 0 }),
      },
      width,
    );
  }
}

/** Where to go on, in words. */
export function describeResume({ skip, doneAfter }: ResumePoint, appends: boolean): string {
  const again =
    doneAfter === 0
      ? ''
      : `; ${formatCount(doneAfter)} ${doneAfter === 1 ? 'line' : 'lines'} after that ` +
        `${doneAfter === 1 ? 'is' : 'are'} done as well and will be done again`;
  if (skip === 0) return `Line 1 is not done: to go on, start again${again.replace('after that', 'after it')}`;
  const kept = appends ? ' (files that are written to are then appended to)' : '';
  return `Every line up to line ${skip} is done: to go on, add --skip ${skip}${kept}${again}`;
}
