/**
 * The life of a managed process, from its first start to the moment when nothing is left of it and it is not started
 * again: one loop (`#live`), each turn of which is a run (`child-run.ts`) and, where another follows, the wait for it.
 *
 * Whoever wants it to end says so by `terminate`, which aborts what the loop waits for and tells the run.
 */
import { TaskCancelledError } from '../errors.ts';
import { limitsOf, watchLimits } from '../pacing/interruption.ts';
import { deadlines } from '../signal/deadlines.ts';
import { ChildRun, type RunLogs } from './child-run.ts';
import { ProcessMessageEvent, type ProcessState, ProcessStateEvent, type StateDetails } from './process-events.ts';
import { exitedError, type ProcessExit } from './process-exit.ts';
import type { ProcessSettings, TerminateOptions } from './process-options.ts';
import { untilReady } from './readiness.ts';
import { Settleable } from './settleable.ts';

/** How a run went, and how long to wait before the next, if there is to be one. */
interface Turn {
  readonly exit: ProcessExit;
  readonly error: unknown;
  readonly delay: number | undefined;
}

export class ProcessLife {
  state: ProcessState = 'starting';
  /** Anew for each time that it becomes ready. */
  ready: Settleable<void> = new Settleable();
  readonly exited: Settleable<ProcessExit> = new Settleable();
  /** The run that goes on, or the last one. */
  run: ChildRun | undefined;
  /** How many there have been. */
  runs = 0;
  readonly #settings: ProcessSettings;
  readonly #logs: RunLogs;
  readonly #tell: (event: Event) => void;
  /** Aborted when it is to end for good. */
  readonly #end = new AbortController();
  /** Aborted when the run that goes on is of no use any more: it has ended, or is to. */
  #gone = new AbortController();
  #readyAt: number | undefined;

  /** Starts it. */
  constructor(settings: ProcessSettings, logs: RunLogs, tell: (event: Event) => void) {
    this.#settings = settings;
    this.#logs = logs;
    this.#tell = tell;
    void this.#live();
  }

  terminate(options: TerminateOptions, reason?: unknown): void {
    if (this.state === 'exited') return;
    this.#end.abort(reason ?? new TaskCancelledError(`Process ${this.#settings.name} was terminated`));
    this.#gone.abort(this.#end.signal.reason);
    this.#endRun(options);
  }

  /** Never rejects. */
  async #live(): Promise<void> {
    for (;;) {
      const { exit, error, delay } = await this.#turn();
      if (delay === undefined) return this.#finish(exit, error);
      if (this.ready.isSettled) this.ready = new Settleable();
      this.#change('restarting', { exit, delay, error });
      if (!(await this.#backOff(delay))) return this.#finish(exit, undefined);
    }
  }

  async #turn(): Promise<Turn> {
    this.#gone = new AbortController();
    this.#readyAt = undefined;
    this.runs++;
    const run = this.#startRun();
    this.run = run;
    if (this.runs > 1) this.#change('starting');
    const failure = await this.#becomeReady(run);
    const exit = await run.settled;
    if (this.#end.signal.aborted) return { exit, error: undefined, delay: undefined };
    const now = deadlines().now();
    const failedToStart = failure !== undefined;
    const readyFor = now - (this.#readyAt ?? now);
    const error: unknown = failure ?? (exit.code === 0 ? undefined : this.#gone.signal.reason);
    return { exit, error, delay: this.#settings.restart?.nextDelay({ exit, failedToStart, readyFor }, now) };
  }

  #startRun(): ChildRun {
    const { name, command } = this.#settings;
    return new ChildRun(this.#settings, this.#logs, {
      onMessage: (message) => this.#tell(new ProcessMessageEvent(message)),
      onDisconnect: () => this.#tell(new Event('disconnect')),
      onExit: (exit) => {
        const when = this.#readyAt === undefined ? 'before it was ready' : 'though nobody had asked it to';
        this.#gone.abort(exitedError(name, command, exit, when));
        this.#change('stopping', { exit });
      },
    });
  }

  /** Resolves to undefined once it is ready, or to why it is not. */
  async #becomeReady(run: ChildRun): Promise<unknown> {
    try {
      await untilReady(run, this.#settings, this.#gone.signal);
    } catch (error) {
      // One that is started again may still become ready.
      if (this.#settings.restart === undefined || this.#end.signal.aborted) this.ready.reject(error);
      // Its time is up.
      if (!this.#gone.signal.aborted) this.#endRun({});
      return error;
    }
    this.#readyAt = deadlines().now();
    this.ready.resolve();
    this.#change('ready');
    return undefined;
  }

  /** Resolves to whether it is to be started again now; to false as soon as it is terminated. */
  #backOff(delay: number): Promise<boolean> {
    const { signal } = this.#end;
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const again = (): void => resolve(true);
      const stayDown = (): void => resolve(false);
      watchLimits(limitsOf({ signal, timeout: delay }), again, stayDown);
    });
  }

  #endRun({ grace = this.#settings.grace, ask = 'SIGTERM' }: TerminateOptions): void {
    if (this.state !== 'restarting') this.#change('stopping');
    this.run?.terminate(grace, ask);
  }

  #finish(exit: ProcessExit, error: unknown): void {
    this.#logs.stdout.close();
    this.#logs.stderr.close();
    this.ready.reject(this.#end.signal.aborted ? this.#end.signal.reason : error);
    this.exited.resolve(exit);
    this.#change('exited', error === undefined ? { exit } : { exit, error });
  }

  #change(state: ProcessState, details?: StateDetails): void {
    const previous = this.state;
    if (state === previous) return;
    this.state = state;
    this.#tell(new ProcessStateEvent({ state, previous, run: this.runs }, details));
  }
}
