/** The worker threads that run a scenario: started once, kept from search to search. */
import { Worker } from 'node:worker_threads';
import { Control, MAX_THREADS } from './control.ts';
import { Command, type Told } from './lane.ts';
import { MOST_BYTES } from './operation-key.ts';
import type { Answer, BatchItem, Loaded, Request } from './protocol.ts';
import type { ScenarioBudget } from './scenario.ts';
import { MOST_ENTRIES } from './tape.ts';
import { unrepeatable } from './unrepeatable.ts';

/** Memory made ahead of the schedules that use it, so that threads go back to their event loops rarely. */
const BATCH_BYTES = 4 * 2 ** 20;
const MAX_BATCH = 256;

/** Ends the wait for a thread that spins without ever reaching an operation. No schedule takes nearly that long. */
const PATIENCE_MS = 30_000;

const idle: Worker[] = [];

export class Troupe {
  readonly control: Control;
  readonly size: number;
  readonly budget: ScenarioBudget;
  readonly mortal: readonly number[];
  readonly cancelsWhenStuck: boolean;
  readonly #workers: readonly Worker[];
  readonly #batchSize: number;
  #batch: readonly BatchItem[] = [];
  #next = 0;
  #foreseen: readonly Told[] = [];
  /** How many of those have been told. */
  #told = 0;
  /** How many of them have been carried out. */
  #ahead = 0;
  /** The first of those that were carried out together. */
  #first = 0;

  private constructor(workers: readonly Worker[], control: Control, loaded: Loaded) {
    this.#workers = workers;
    this.control = control;
    this.size = workers.length;
    this.budget = loaded.budget;
    this.mortal = loaded.mortal;
    this.cancelsWhenStuck = loaded.cancelsWhenStuck;
    this.#batchSize = Math.max(4, Math.min(MAX_BATCH, Math.floor(BATCH_BYTES / loaded.bytes)));
  }

  /** Has as many threads import the scenario as it needs. */
  static async assemble(url: string, exportName: string): Promise<Troupe> {
    const request: Request = { kind: 'load', url, exportName };
    const workers = [hire()];
    try {
      const loaded = await ask(workers[0] as Worker, request);
      if (loaded.kind !== 'loaded') throw new Error('The scenario was not loaded');
      const { threads } = loaded;
      if (loaded.bytes > MOST_BYTES)
        throw new RangeError(`A scenario may have ${MOST_BYTES} bytes, not ${loaded.bytes}`);
      if (threads > MAX_THREADS) throw new RangeError(`A scenario may have ${MAX_THREADS} threads, not ${threads}`);
      while (workers.length < threads) workers.push(hire());
      await Promise.all(workers.slice(1).map((worker) => ask(worker, request)));
      const control = Control.create(loaded.bytes);
      const { memory, granules } = control;
      await Promise.all(workers.map((worker, thread) => ask(worker, { kind: 'join', memory, granules, thread })));
      return new Troupe(workers, control, loaded);
    } catch (error) {
      await Promise.all(workers.map((worker) => worker.terminate()));
      throw error;
    }
  }

  /** Makes sure that there is memory for another schedule. */
  async prepare(): Promise<void> {
    if (this.#next < this.#batch.length) return;
    this.#rest();
    const made = await ask(this.#workers[0] as Worker, { kind: 'make', count: this.#batchSize });
    if (made.kind !== 'made') throw new Error('No memory was made');
    this.#batch = made.batch;
    this.#next = 0;
    await Promise.all(this.#workers.map((worker) => ask(worker, { kind: 'serve', batch: made.batch })));
  }

  /** Takes the next piece of memory: its index in the batch, which the threads have too. */
  next(): { readonly index: number; readonly buffer: SharedArrayBuffer } {
    const index = this.#next++;
    return { index, buffer: (this.#batch[index] as BatchItem).buffer };
  }

  /** Says what threads will be told next, in order. They do all of it as soon as the first is told. */
  foresee(commands: readonly Told[]): void {
    this.#foreseen = commands;
    this.#told = 0;
    this.#ahead = 0;
  }

  /** Lets one thread run until it stops. If that was foreseen it may have gone on since: what is seen is how it was. */
  run(thread: number, command: number, argument = 0): void {
    const expected = this.#foreseen[this.#told];
    if (expected === undefined) this.foresee([{ thread, command, argument }]);
    else if (expected.thread !== thread || expected.command !== command || expected.argument !== argument) {
      throw unrepeatable();
    }
    if (this.#told === this.#ahead) this.#runAhead();
    this.control.takeIn(thread, this.#told - this.#first);
    this.#told++;
  }

  /** Has what is foreseen carried out, up to a death: what the memory holds then is part of what follows. */
  #runAhead(): void {
    const first = this.#told;
    const death = this.#foreseen.findIndex(({ command }, index) => index >= first && command === Command.die);
    const end = death < 0 ? this.#foreseen.length : death + 1;
    const commands = this.#foreseen.slice(first, Math.min(end, first + MOST_ENTRIES));
    this.#first = first;
    this.#ahead = first + commands.length;
    if (this.control.run(commands, PATIENCE_MS)) return;
    throw new Error(
      `A thread neither stopped nor finished in ${PATIENCE_MS} ms: it loops without any Atomics operation`,
    );
  }

  /** Gives the threads back. */
  async dismiss(failed: boolean): Promise<void> {
    if (failed) {
      await Promise.all(this.#workers.map((worker) => worker.terminate()));
      return;
    }
    this.#rest();
    for (const worker of this.#workers) worker.unref();
    idle.push(...this.#workers);
  }

  #rest(): void {
    if (this.#batch.length === 0) return;
    const threads = Array.from({ length: this.size }, (_, thread) => thread);
    this.foresee(threads.map((thread) => ({ thread, command: Command.rest, argument: 0 })));
    for (const thread of threads) this.run(thread, Command.rest);
    this.#batch = [];
    this.#next = 0;
  }
}

/**
 * Ends the threads that are kept for the next search. They keep no process alive: this is for those who count threads.
 */
export async function closeExplorer(): Promise<void> {
  await Promise.all(idle.splice(0).map((worker) => worker.terminate()));
}

/** What the threads start on. `src/testing/explore` is three deep; what the build makes of this file is one deep. */
function threadEntry(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../../../workers/explore.ts', import.meta.url)
    : new URL('../workers/explore.js', import.meta.url);
}

function hire(): Worker {
  const worker = idle.pop() ?? new Worker(threadEntry());
  worker.ref();
  return worker;
}

function ask(worker: Worker, request: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
      act();
    };
    const onMessage = (answer: Answer): void =>
      settle(() => (answer.kind === 'failed' ? reject(new Error(answer.message)) : resolve(answer)));
    const onError = (error: unknown): void => settle(() => reject(error));
    const onExit = (code: number): void =>
      settle(() => reject(new Error(`A thread under test exited with code ${code}`)));
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
    worker.postMessage(request);
  });
}
