/**
 * A program that is started, watched, started again if it should be, and ended with all that it has started.
 *
 * One loop is its whole life (`#live`): each turn is one run (`child-run.ts`), and between two of them it waits for its
 * restart. Whoever wants it to end says so to the loop, which aborts what it waits for, and to the run.
 */
import type { Writable } from 'node:stream';
import { LifecycleError, TaskCancelledError } from '../errors.ts';
import { watchLimits } from '../pacing/interruption.ts';
import { runWithin } from '../pacing/timeout.ts';
import { deadlines } from '../signal/deadlines.ts';
import { timeoutError } from '../signal/wait-options.ts';
import { ChildRun } from './child-run.ts';
import { isGuarding } from './guardian.ts';
import { addManagedProcess, removeManagedProcess } from './managed-processes.ts';
import {
  type ManagedProcessEventMap,
  ProcessMessageEvent,
  type ProcessState,
  ProcessStateEvent,
  type StateDetails,
} from './process-events.ts';
import { exitedError, type ProcessExit } from './process-exit.ts';
import { checkTerminateOptions, type ProcessSettings, type TerminateOptions } from './process-options.ts';
import { OutputLog, type ProcessOutput } from './process-output.ts';
import { untilReady } from './readiness.ts';
import { Settleable } from './settleable.ts';

type Listener = Parameters<EventTarget['addEventListener']>[1];
type ListenOptions = Parameters<EventTarget['addEventListener']>[2];

/** The characters of output that an error shows. */
const LAST_OUTPUT = 4_096;

/**
 * A child process that says when it is ready, is ended as a whole, and does not outlive the process that started it.
 * Made by {@linkcode startProcess}.
 *
 * While it runs, it keeps this process alive, as a child process does.
 */
export class ManagedProcess extends EventTarget {
  /** What it is called in messages. */
  readonly name: string;
  /** What it writes, over all its runs. Empty if the stream is not a pipe. */
  readonly stdout: ProcessOutput;
  readonly stderr: ProcessOutput;
  readonly #settings: ProcessSettings;
  readonly #stdout: OutputLog;
  readonly #stderr: OutputLog;
  readonly #last: OutputLog = new OutputLog(LAST_OUTPUT);
  readonly #exited = new Settleable<ProcessExit>();
  /** Aborted when it is to end for good. */
  readonly #end = new AbortController();
  readonly #onAbort = (): void => this.#terminate(this.#settings.signal?.reason, {});
  /** Aborted when the run that goes on is of no use any more: it has ended, or is to. */
  #gone = new AbortController();
  #ready = new Settleable<void>();
  #state: ProcessState = 'starting';
  #runs = 0;
  #run: ChildRun | undefined;
  #readyAt: number | undefined;

  /** @internal */
  constructor(settings: ProcessSettings) {
    super();
    const { name, maxOutput, signal } = settings;
    this.name = name;
    this.#settings = settings;
    this.#stdout = new OutputLog(maxOutput, (line) => this.#last.append(`${line}\n`));
    this.#stderr = new OutputLog(maxOutput, (line) => this.#last.append(`${line}\n`));
    this.stdout = this.#stdout;
    this.stderr = this.#stderr;
    signal?.throwIfAborted();
    signal?.addEventListener('abort', this.#onAbort);
    addManagedProcess(this);
    void this.#live();
  }

  /** The number of the process that runs, or ran last; undefined if it could not be started. */
  get pid(): number | undefined {
    return this.#run?.pid;
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** How often it has been started again. */
  get restarts(): number {
    return Math.max(0, this.#runs - 1);
  }

  /** Writes to it, with `stdio: { stdin: 'pipe' }`; null otherwise. */
  get stdin(): Writable | null {
    return this.#run?.stdin ?? null;
  }

  /**
   * Resolves when it can be used: of a process that is being started again, once it can be used again.
   *
   * It may be left alone: a failure shows in `exited` and in events, too.
   *
   * @throws {ProcessExitedError} as soon as it has ended for good, with its last output; {NotReadyError} after
   *   `readyTimeout` milliseconds, with what was seen; {TaskCancelledError} if it was terminated first; the reason of
   *   option `signal`
   */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves when nothing of it is left and it is not started again. Never rejects. */
  get exited(): Promise<ProcessExit> {
    return this.#exited.promise;
  }

  /** Whether it ends with this process: not if `/bin/sh`, which sees to that, cannot be run here. */
  get diesWithParent(): boolean {
    return this.#settings.diesWithParent && isGuarding();
  }

  /**
   * Asks it to end, kills what is left of it after exactly `grace` milliseconds, and resolves when nothing is left: the
   * processes of its group are gone and its output has come. A wait for a restart ends at once.
   *
   * Calling it again is asking how it ended; a shorter `grace` counts.
   *
   * @throws {DeadlineExceededError} if something is left after `timeout` milliseconds, or the signal's reason; its end
   *   goes on all the same
   * @example
   * ```ts
   * const { code } = await server.terminate({ grace: 2_000 });
   * ```
   */
  async terminate(options: TerminateOptions = {}): Promise<ProcessExit> {
    checkTerminateOptions(options, this.#settings);
    this.#terminate(new TaskCancelledError(`Process ${this.name} was terminated`), options);
    const { signal, timeout = Infinity, ref = true } = options;
    const time = deadlines();
    const limits = { time, until: time.now() + timeout, signal, ref };
    return await runWithin(
      () => this.exited,
      limits,
      () => timeoutError(`Terminating process ${this.name}`, timeout),
    );
  }

  /** Kills it and all that it has started, at once. Resolves when nothing is left. */
  kill(): Promise<ProcessExit> {
    return this.terminate({ grace: 0 });
  }

  /**
   * Sends it a message over its IPC channel.
   *
   * @param handle - a server or socket to hand over, where the runtimes of both can (Node)
   * @returns false if the channel is closed, or if so much is on its way that the next should wait
   * @throws {LifecycleError} if it was started without option `ipc`
   */
  send(message: unknown, handle?: unknown): boolean {
    if (!this.#settings.ipc) {
      throw new LifecycleError(`Cannot send to process ${this.name}: it was started without option 'ipc'`);
    }
    return this.#run?.send(message, handle) ?? false;
  }

  /** Terminates it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate();
  }

  override addEventListener<K extends keyof ManagedProcessEventMap>(
    type: K,
    listener: ((event: ManagedProcessEventMap[K]) => void) | null,
    options?: ListenOptions,
  ): void;
  override addEventListener(type: string, listener: Listener | null, options?: ListenOptions): void;
  override addEventListener(
    type: string,
    listener: ((event: never) => void) | Listener | null,
    options?: ListenOptions,
  ): void {
    super.addEventListener(type, listener as Listener, options);
  }

  /** Its whole life. Never rejects. */
  async #live(): Promise<void> {
    for (;;) {
      const { exit, error, delay } = await this.#once();
      if (delay === undefined) return this.#finish(exit, error);
      if (this.#ready.isSettled) this.#ready = new Settleable();
      this.#change('restarting', { exit, delay, error });
      if (!(await this.#backOff(delay))) return this.#finish(exit, undefined);
    }
  }

  /** One run, and how long to wait before the next, if there is to be one. */
  async #once(): Promise<{ exit: ProcessExit; error: unknown; delay: number | undefined }> {
    this.#gone = new AbortController();
    this.#readyAt = undefined;
    this.#runs++;
    const run = this.#startRun();
    this.#run = run;
    if (this.#runs > 1) this.#change('starting');
    const failure = await this.#getReady(run);
    const exit = await run.settled;
    if (this.#end.signal.aborted) return { exit, error: undefined, delay: undefined };
    const now = deadlines().now();
    const failedToStart = failure !== undefined;
    const readyFor = now - (this.#readyAt ?? now);
    const error: unknown = failure ?? (exit.code === 0 ? undefined : this.#gone.signal.reason);
    return { exit, error, delay: this.#settings.restart?.nextDelay({ exit, failedToStart, readyFor }, now) };
  }

  #startRun(): ChildRun {
    return new ChildRun(this.#settings, {
      stdout: this.#stdout,
      stderr: this.#stderr,
      last: this.#last,
      onMessage: (message) => void this.dispatchEvent(new ProcessMessageEvent(message)),
      onExit: (exit) => {
        const when = this.#readyAt === undefined ? 'before it was ready' : 'though nobody had asked it to';
        this.#gone.abort(exitedError(this.name, this.#settings.command, exit, when));
        this.#change('stopping', { exit });
      },
    });
  }

  /** Resolves to undefined once it is ready, or to why it is not. */
  async #getReady(run: ChildRun): Promise<unknown> {
    try {
      await untilReady(run, this.#settings, this.#gone.signal);
    } catch (error) {
      // One that is started again may still become ready.
      if (this.#settings.restart === undefined || this.#end.signal.aborted) this.#ready.reject(error);
      // Its time is up.
      if (!this.#gone.signal.aborted) this.#endRun({});
      return error;
    }
    this.#readyAt = deadlines().now();
    this.#ready.resolve();
    this.#change('ready');
    return undefined;
  }

  /** Resolves to whether it is to be started again now; to false as soon as it is terminated. */
  #backOff(delay: number): Promise<boolean> {
    const { signal } = this.#end;
    if (signal.aborted) return Promise.resolve(false);
    const time = deadlines();
    return new Promise((resolve) => {
      const limits = { time, until: time.now() + delay, signal, ref: true };
      watchLimits(
        limits,
        () => resolve(true),
        () => resolve(false),
      );
    });
  }

  #terminate(reason: unknown, options: TerminateOptions): void {
    if (this.#state === 'exited') return;
    this.#end.abort(reason);
    this.#gone.abort(reason);
    this.#endRun(options);
  }

  #endRun({ grace = this.#settings.grace, ask = 'SIGTERM' }: TerminateOptions): void {
    if (this.#state !== 'restarting') this.#change('stopping');
    this.#run?.terminate(grace, ask);
  }

  #finish(exit: ProcessExit, error: unknown): void {
    this.#settings.signal?.removeEventListener('abort', this.#onAbort);
    this.#stdout.close();
    this.#stderr.close();
    this.#ready.reject(this.#end.signal.aborted ? this.#end.signal.reason : error);
    removeManagedProcess(this);
    this.#exited.resolve(exit);
    this.#change('exited', error === undefined ? { exit } : { exit, error });
  }

  #change(state: ProcessState, details?: StateDetails): void {
    const previous = this.#state;
    if (state === previous) return;
    this.#state = state;
    this.dispatchEvent(new ProcessStateEvent({ state, previous, run: this.#runs }, details));
  }
}
