/** A child process as those who use it see it; what it does is in `process-life.ts`. */
import type { Writable } from 'node:stream';
import { LifecycleError } from '../errors.ts';
import { waitWithin } from '../pacing/timeout.ts';
import { TypedEventTarget } from '../signal/typed-event-target.ts';
import { isGuarding } from './guardian.ts';
import { OutputLog } from './output-log.ts';
import { addManagedProcess, removeManagedProcess } from './managed-processes.ts';
import type { ManagedProcessEventMap, ProcessState } from './process-events.ts';
import type { ProcessExit } from './process-exit.ts';
import { ProcessLife } from './process-life.ts';
import { checkTerminateOptions, type ProcessSettings, type TerminateOptions } from './process-options.ts';
import type { ProcessOutput } from './process-output.ts';

/** The characters of output that an error shows. */
const LAST_OUTPUT = 4_096;

/**
 * A child process that says when it is ready, is ended as a whole, and does not outlive the process that started it.
 * Made by {@linkcode startProcess}.
 *
 * While it runs, it keeps this process alive, as a child process does.
 */
export class ManagedProcess extends TypedEventTarget<ManagedProcessEventMap> {
  /** What it is called in messages. */
  readonly name: string;
  /** What it writes, over all its runs. Empty if the stream is not a pipe. */
  readonly stdout: ProcessOutput;
  readonly stderr: ProcessOutput;
  readonly #settings: ProcessSettings;
  readonly #life: ProcessLife;

  /** @internal */
  constructor(settings: ProcessSettings) {
    super();
    const { name, maxOutput, signal } = settings;
    signal?.throwIfAborted();
    const last = new OutputLog(LAST_OUTPUT);
    const keep = (line: string): void => last.append(`${line}\n`);
    const logs = { stdout: new OutputLog(maxOutput, keep), stderr: new OutputLog(maxOutput, keep), last };
    this.name = name;
    this.stdout = logs.stdout;
    this.stderr = logs.stderr;
    this.#settings = settings;
    this.#life = new ProcessLife(settings, logs, (event) => void this.dispatchEvent(event));
    const abort = (): void => this.#life.terminate({}, signal?.reason);
    signal?.addEventListener('abort', abort);
    addManagedProcess(this);
    void this.exited.then(() => {
      signal?.removeEventListener('abort', abort);
      removeManagedProcess(this);
    });
  }

  /** The number of the process that runs, or ran last; undefined if it could not be started. */
  get pid(): number | undefined {
    return this.#life.run?.pid;
  }

  get state(): ProcessState {
    return this.#life.state;
  }

  /** How often it has been started again. */
  get restarts(): number {
    return Math.max(0, this.#life.runs - 1);
  }

  /** Writes to it, with `stdio: { stdin: 'pipe' }`; null otherwise. */
  get stdin(): Writable | null {
    return this.#life.run?.stdin ?? null;
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
    return this.#life.ready.promise;
  }

  /** Resolves when nothing of it is left and it is not started again. Never rejects. */
  get exited(): Promise<ProcessExit> {
    return this.#life.exited.promise;
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
    this.#life.terminate(options);
    return await waitWithin(() => this.exited, options, `Terminating process ${this.name}`);
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
    return this.#life.run?.send(message, handle) ?? false;
  }

  /** Terminates it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate();
  }
}
