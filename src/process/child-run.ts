/**
 * One run of a program: from its start to the moment when nothing of it is left.
 *
 *     spawn ──> exit of the process ──> last output has come ──> its group is gone ──> settled
 *
 * What it leaves behind when it ends by itself gets what `terminate` gives: it is asked, then killed (as systemd's
 * `KillMode=control-group` has it).
 */
import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { type Deadline, deadlines } from '../signal/deadlines.ts';
import { LoopHold } from '../signal/keep-alive.ts';
import { Guardian } from './guardian.ts';
import { type Look, Lookout } from './lookout.ts';
import type { ProcessExit } from './process-exit.ts';
import { hasGroups, isGroupGone, signalGroup } from './process-group.ts';
import { exitOf, spawnChild } from './spawn-child.ts';
import type { Ask, ProcessSettings } from './process-options.ts';
import type { OutputLog } from './output-log.ts';

/**
 * Milliseconds without output after which the last of it has come, though the pipe is open: somebody who has left the
 * group, or is still to be ended, holds it. Otherwise the pipe's end tells.
 */
const QUIET_MS = 100;
/** How many of these there may be: the one who holds it may go on writing. */
const MOST_WAITS = 10;

/** Where the output of runs goes. */
export interface RunLogs {
  readonly stdout: OutputLog;
  readonly stderr: OutputLog;
  /** The last lines of both. */
  readonly last: OutputLog;
}

/** Who is told what happens in a run. */
export interface RunListener {
  onMessage(message: unknown): void;
  /** The channel for messages is closed. */
  onDisconnect(): void;
  /** The process has ended and its output is in; what it has started may still run. */
  onExit(exit: ProcessExit): void;
}

export class ChildRun {
  readonly pid: number | undefined;
  readonly stdin: Writable | null;
  /** When nothing of it is left. Never rejects. */
  readonly settled: Promise<ProcessExit>;
  /** Resolves once it runs; does not if it cannot be started. */
  readonly spawned: Promise<void>;
  /** Resolves at its first message. */
  readonly messaged: Promise<void>;
  readonly logs: RunLogs;
  readonly #child: ChildProcess | undefined;
  readonly #settings: ProcessSettings;
  readonly #hold = new LoopHold();
  readonly #closed: Promise<void>;
  readonly #guardian: Guardian | undefined;
  readonly #listener: RunListener;
  #hasExited = false;
  /** How many pieces of output have come. */
  #chunks = 0;
  #isSettled = false;
  /** Whether nobody is left to signal: the number of its group may be another's by now. */
  #isGone = false;
  #killAt = Infinity;
  #isAsked = false;
  /** Whether not only the process itself was asked, by a message. */
  #isGroupAsked = false;
  #isKilled = false;
  #deadline: Deadline | undefined;
  /** Once the process has ended: what it has left behind. */
  #left: Lookout<true> | undefined;

  constructor(settings: ProcessSettings, logs: RunLogs, listener: RunListener) {
    this.#settings = settings;
    this.logs = logs;
    this.#listener = listener;
    logs.stdout.startOfRun();
    logs.stderr.startOfRun();
    const child = spawnChild(settings);
    if ('error' in child) {
      // Refused at once, as Deno does without permission.
      this.spawned = new Promise(() => {});
      this.messaged = new Promise(() => {});
      this.#closed = Promise.resolve();
      this.stdin = null;
      this.settled = Promise.resolve().then(() => this.#finish({ code: null, signal: null, error: child.error }));
      return;
    }
    this.#child = child;
    this.pid = child.pid;
    this.stdin = child.stdin;
    child.stdin?.on('error', () => {});
    this.#read(child.stdout, logs.stdout);
    this.#read(child.stderr, logs.stderr);
    this.messaged = new Promise((resolve) => {
      child.on('message', (message) => {
        resolve();
        listener.onMessage(message);
      });
    });
    child.once('disconnect', () => listener.onDisconnect());
    if (settings.diesWithParent && hasGroups && child.pid !== undefined) this.#guardian = new Guardian(child.pid);
    this.#closed = new Promise((resolve) => child.once('close', () => resolve()));
    this.spawned = new Promise((resolve) => child.once('spawn', () => resolve()));
    this.settled = exitOf(child).then((exit) => this.#settle(exit));
  }

  /** Asks it to end, and kills what is left of it after `grace` milliseconds; the earliest time of all calls counts. */
  terminate(grace: number, ask: Ask): void {
    if (this.#isSettled) return;
    const time = deadlines();
    const killAt = time.now() + grace;
    if (!this.#isAsked && grace > 0) {
      this.#isAsked = true;
      this.#ask(ask);
    }
    if (killAt >= this.#killAt) return;
    this.#killAt = killAt;
    this.#deadline?.cancel();
    this.#deadline = undefined;
    if (grace === 0) this.#kill();
    else this.#deadline = time.add(killAt, () => this.#kill());
  }

  /** @returns false if the channel is closed or full. */
  send(message: unknown, handle?: unknown): boolean {
    if (this.#child?.connected !== true) return false;
    // What cannot be sent any more, since the process is ending, has nobody to miss it.
    return this.#child.send(message as object, handle as undefined, () => {});
  }

  #read(stream: Readable | null, log: OutputLog): void {
    stream?.on('data', (chunk: Uint8Array) => {
      this.#chunks++;
      log.push(chunk);
    });
    stream?.on('error', () => {});
  }

  #ask(ask: Ask): void {
    const { pid } = this;
    if (pid === undefined || this.#isGone) return;
    if (typeof ask === 'object' && this.#child?.connected === true) return void this.send(ask.message);
    this.#isGroupAsked = true;
    signalGroup(pid, typeof ask === 'object' ? 'SIGTERM' : ask);
  }

  #kill(): void {
    const { pid } = this;
    if (pid === undefined || this.#isGone) return;
    this.#isKilled = true;
    signalGroup(pid, 'SIGKILL');
    this.#left?.wake();
  }

  async #settle(exit: Omit<ProcessExit, 'output'>): Promise<ProcessExit> {
    this.#hasExited = true;
    this.#hold.hold();
    const isGone = this.#groupIsGone();
    await this.#flushed();
    this.#listener.onExit(this.#withOutput(exit));
    await isGone;
    await this.#flushed();
    return this.#finish(exit);
  }

  /** Ends what the process has left behind. */
  #groupIsGone(): Promise<void> {
    const { pid } = this;
    this.#isGone = pid === undefined || isGroupGone(pid);
    if (pid === undefined || this.#isGone) return Promise.resolve();
    const left = new Lookout(`the group of process ${pid} to end`, () => lookAtGroup(pid));
    const gone = left.wait({}, noLimit);
    this.#left = left;
    // What holds its output open is among what is left: its end is a sign.
    void this.#closed.then(() => left.wake());
    if (this.#isKilled) signalGroup(pid, 'SIGKILL');
    else if (!this.#isAsked) this.terminate(this.#settings.grace, 'SIGTERM');
    else if (!this.#isGroupAsked) signalGroup(pid, 'SIGTERM');
    return gone.then(() => {
      this.#isGone = true;
    });
  }

  /** Resolves when all that was written has been read. */
  #flushed(): Promise<void> {
    return new Promise((resolve) => {
      const time = deadlines();
      let seen = -1;
      let late: Deadline;
      // Twice without output, so that the event loop has had a turn: a late timer comes before what is to be read.
      const wait = (waits: number): void => {
        if (seen === this.#chunks || waits === MOST_WAITS) return resolve();
        seen = this.#chunks;
        late = time.add(time.now() + QUIET_MS, () => wait(waits + 1));
      };
      wait(0);
      void this.#closed.then(() => {
        late.cancel();
        resolve();
      });
    });
  }

  #finish(exit: Omit<ProcessExit, 'output'>): ProcessExit {
    this.#isSettled = true;
    this.#deadline?.cancel();
    this.#guardian?.release();
    for (const stream of [this.#child?.stdin, this.#child?.stdout, this.#child?.stderr]) stream?.destroy();
    if (this.#child?.connected === true) this.#child.disconnect();
    this.#hold.release();
    const whole = this.#withOutput(exit);
    // Of one that was not started.
    if (!this.#hasExited) this.#listener.onExit(whole);
    return whole;
  }

  #withOutput(exit: Omit<ProcessExit, 'output'>): ProcessExit {
    this.logs.stdout.endOfRun();
    this.logs.stderr.endOfRun();
    return { ...exit, output: this.logs.last.tail };
  }
}

function lookAtGroup(leader: number): Look<true> {
  return isGroupGone(leader) ? { found: true } : { lacks: 'still has somebody in it' };
}

function noLimit(): void {}
