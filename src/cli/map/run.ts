/** One run of `reveille map`: the job and its streams, what can befall them, and the exit code that follows. */
import type { Readable, Writable } from 'node:stream';
import { exitCodeOf, type ProcessSignal } from '../../lifecycle/process-signals.ts';
import { OK, OUTPUT_CLOSED, SOME_FAILED, UNUSABLE } from '../exit-code.ts';
import type { CommandIo, EnginePool } from '../io.ts';
import type { Clock } from './clock.ts';
import { describeError, FailureLog, type FailureOutput } from './failure-log.ts';
import { formatNamed } from './format.ts';
import { Gate } from './gate.ts';
import { MapJob } from './job.ts';
import { Lanes } from './lanes.ts';
import { Ledger } from './ledger.ts';
import { LineSource } from './line-source.ts';
import { LineSplitter } from './line-splitter.ts';
import type { MapOptions } from './options.ts';
import { formatCount, renderSummary } from './progress.ts';
import { describeResume, Report } from './report.ts';
import { ordered, unordered } from './results.ts';
import { Sink } from './sink.ts';

/** How long a call may go on after its timeout before its thread is replaced. */
const KILL_AFTER_MS = 1_000;

/** What was opened for a run. */
export interface RunParts {
  readonly pool: EnginePool;
  readonly task: string;
  readonly threads: number;
  readonly input: Readable;
  readonly inputBytes: number | undefined;
  readonly output: Writable;
  readonly errors: Writable | undefined;
}

/** Puts a job together and sees it through. */
export class MapRun {
  readonly #options: MapOptions;
  readonly #parts: RunParts;
  readonly #clock: Clock;
  readonly #gate: Gate = new Gate();
  readonly #ledger: Ledger;
  readonly #source: LineSource;
  readonly #output: Sink;
  readonly #errors: Sink | undefined;
  readonly #failures: FailureLog;
  readonly #job: MapJob;
  readonly #report: Report;
  #signal: ProcessSignal | undefined;
  /** What became of the output or of the errors file, if they failed. */
  #broken: { readonly what: string; readonly error: unknown } | undefined;

  constructor(options: MapOptions, io: CommandIo, clock: Clock, parts: RunParts) {
    this.#options = options;
    this.#parts = parts;
    this.#clock = clock;
    this.#ledger = new Ledger(options.skip);
    this.#source = new LineSource(parts.input, new LineSplitter(options.skip), () => this.#gate.ring());
    this.#output = this.#sinkOn(parts.output, 'output');
    this.#errors = parts.errors === undefined ? undefined : this.#sinkOn(parts.errors, 'errors file');
    this.#failures = new FailureLog(this.#failureOutput());
    this.#job = this.#createJob();
    this.#report = new Report(options, io, clock, {
      done: () => this.#job.done,
      failed: () => this.#job.failed,
      bytes: () => this.#source.bytes,
      inputBytes: parts.inputBytes,
    });
  }

  /** Shows what a task printed. */
  print(text: string): void {
    this.#report.say(text.replace(/\n$/, ''));
  }

  /** Takes on nothing more; what is running is finished. */
  stop(signal: ProcessSignal): void {
    this.#signal ??= signal;
    this.#job.stop();
    const running = this.#job.running;
    const items = running === 1 ? 'item that is' : 'items that are';
    this.#report.say(`Stopping: waiting for ${formatCount(running)} ${items} running (once more to end at once)`);
  }

  /** Says which lines are done, if some are not. */
  sayWhereToResume(): void {
    this.#report.end();
    if (this.#source.exhausted && this.#ledger.openLines === 0) return;
    const appends = this.#options.output !== undefined || this.#options.errors !== undefined;
    this.#report.say(describeResume(this.#ledger.resumePoint(), appends));
  }

  /** Runs the job to its end, or to the end of what was running when it was stopped; resolves to the exit code. */
  async finish(): Promise<number> {
    await this.#job.run();
    await this.#output.settle();
    await this.#errors?.settle();
    const elapsed = this.#report.elapsed(this.#clock.now());
    this.#report.end();
    if (this.#isPipeClosed()) return this.#exitCode();
    // Calls whose outcome nobody waits for are not waited for.
    if (this.#broken === undefined && this.#job.fatal === undefined) await this.#parts.pool.close();
    this.#sayWhatFailed();
    this.sayWhereToResume();
    if (!this.#options.quiet) {
      const { done, failed } = this.#job;
      this.#report.say(renderSummary({ done, failed, elapsed, threads: this.#parts.threads }));
    }
    return this.#exitCode();
  }

  #exitCode(): number {
    if (this.#isPipeClosed()) return OUTPUT_CLOSED;
    const unusable = this.#broken?.error ?? this.#job.fatal ?? this.#source.failure;
    if (unusable !== undefined) return UNUSABLE;
    if (this.#signal !== undefined) return exitCodeOf(this.#signal);
    return this.#job.failed > 0 ? SOME_FAILED : OK;
  }

  #sayWhatFailed(): void {
    const { unseen } = this.#failures;
    const file = this.#options.errors;
    if (unseen > 0) {
      const where = file === undefined ? '--errors FILE keeps them all' : `all are in ${file}`;
      this.#report.say(`... and ${formatCount(unseen)} more ${unseen === 1 ? 'failure' : 'failures'} (${where})`);
    }
    const tell = (what: string, error: unknown): void => {
      if (error !== undefined) this.#report.say(`Cannot ${what}: ${describeError(error)}`);
    };
    tell('read the input', this.#source.failure);
    tell('go on', this.#job.fatal);
    tell(`write the ${this.#broken?.what}`, this.#broken?.error);
  }

  #sinkOn(stream: Writable, what: string): Sink {
    return new Sink(stream, this.#clock, {
      onWritten: (lines) => {
        for (const line of lines) this.#ledger.settled(line);
      },
      onRoom: () => this.#gate.ring(),
      onError: (error) => {
        this.#broken ??= { what, error };
        this.#job.abandon();
      },
    });
  }

  #failureOutput(): FailureOutput {
    const errors = this.#errors;
    return {
      show: (text) => this.#report.say(text),
      settled: (line) => this.#ledger.settled(line),
      ...(errors === undefined ? {} : { record: (text: string, line: number) => errors.write(text, line) }),
    };
  }

  #createJob(): MapJob {
    const { retry, maxErrors, interval, timeout, concurrency, format } = this.#options;
    const { pool, task, threads } = this.#parts;
    const ring = (): void => this.#gate.ring();
    const lanes = timeout === undefined ? undefined : new Lanes(pool, threads, concurrency, ring);
    return new MapJob(
      {
        task,
        format: formatNamed(format),
        retry,
        maxErrors,
        interval,
        runOptions: timeout === undefined ? undefined : { timeout, killAfter: KILL_AFTER_MS },
        lanes: threads * concurrency,
      },
      {
        pool,
        source: this.#source,
        results: this.#options.ordered ? ordered(this.#output) : unordered(this.#output),
        failures: this.#failures,
        hasRoom: () => !this.#output.full && this.#errors?.full !== true && lanes?.hasRoom !== false,
        ledger: this.#ledger,
        gate: this.#gate,
        clock: this.#clock,
        random: Math.random,
        onProgress: () => this.#report.progressed(),
      },
    );
  }

  /** `| head` has read enough: that is how it is meant, and nothing to report. */
  #isPipeClosed(): boolean {
    const { error } = this.#broken ?? {};
    const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
    return this.#broken?.what === 'output' && this.#options.output === undefined && CLOSED_CODES.has(code);
  }
}

const CLOSED_CODES: ReadonlySet<unknown> = new Set(['EPIPE', 'ERR_STREAM_DESTROYED', 'ECONNRESET']);
