/**
 * A pool with its real dispatcher, completion pump and task loops, for scenarios. Thread 0 is the pool's; the others
 * are its worker threads. What is not real: threads are there from the start, and ports are words of the arena.
 */
import { ok } from 'node:assert/strict';
import { arenaMemory, bellWords, takePlace } from './_arena.ts';
import { meetAt } from './_pool-tasks.ts';
import { Arena } from '../../src/memory/arena.ts';
import { THREADS_OFFSET } from '../../src/memory/layout.ts';
import { Deadlines } from '../../src/pacing/deadlines.ts';
import { installRuntime, runtime, type ThreadHost } from '../../src/runtime.ts';
import { CompletionPump } from '../../src/scheduler/completion-pump.ts';
import { CompletionReader, slotOfLabel, WANTS_MESSAGE } from '../../src/scheduler/completion-ring.ts';
import { recoverFromCrash } from '../../src/scheduler/crash-recovery.ts';
import { Dispatcher } from '../../src/scheduler/dispatcher.ts';
import { IdleThreads, NO_THREAD } from '../../src/scheduler/idle-threads.ts';
import {
  BEGUN,
  DOORBELL,
  HEAD,
  IDLE_THREADS,
  Region,
  regionBytes,
  RESERVATION,
  RUN,
  SENT,
  STATE,
  STOP,
  STOP_WHEN_DONE,
} from '../../src/scheduler/layout.ts';
import { NONE, TaskQueueReader } from '../../src/scheduler/task-queue.ts';
import { PLAIN } from '../../src/scheduler/posted.ts';
import { type Delivery, headOf, type ThreadSetup } from '../../src/scheduler/protocol.ts';
import { TaskLoop } from '../../src/scheduler/thread/task-loop.ts';
import { TaskModule } from '../../src/scheduler/thread/task-module.ts';
import { type Doorbell, releaseThread, ring, ringAll } from '../../src/signal/doorbell.ts';
import { forgetThread } from '../../src/signal/forget-thread.ts';
import type { Scenario } from './scenario.ts';

const module = await TaskModule.load(new URL('./_pool-tasks.ts', import.meta.url).href);
export const DOUBLE: number = module.names.indexOf('double');
export const MEET: number = module.names.indexOf('meet');

/** A clock that goes on when it is read, so that who spins for a while stops in the end, after two or three looks. */
const TICK_MS = 4;
let ticks = 0;
installRuntime({ ...runtime(), now: () => performance.now() + ticks++ * TICK_MS });

const SLOTS = 2;
/** By delivery. */
const DELIVERIES = ['asked for', 'assigned', 'sent ahead'] as const;
/** Words of a mailbox: how many messages have been posted, and then a message each. */
const MAIL_WORDS = 16;

/** Where things lie in the arena, in bytes. */
export interface PoolShared {
  readonly workers: number;
  readonly region: number;
  /** A mailbox per worker, then the word at which tasks meet, then how often each worker has parked. */
  readonly mail: number;
}

/** The pool's thread, as `Pool` and `Crew` have it. */
export class ModelPool {
  readonly region: Region;
  readonly dispatcher: Dispatcher;
  readonly idle: IdleThreads;
  readonly #shared: PoolShared;
  readonly #pump: CompletionPump;
  readonly #threads: Array<{ readonly reader: CompletionReader; readonly index: number }> = [];
  /** How often it was found that another thread might help. */
  grown = 0;
  /** Why messages were posted, in order. */
  readonly posts: string[] = [];

  constructor(buffer: SharedArrayBuffer, shared: PoolShared, bell: Doorbell, onlyThread: number) {
    this.#shared = shared;
    this.region = regionOf(buffer, shared);
    this.idle = new IdleThreads(this.region);
    this.dispatcher = new Dispatcher(this.region, new Deadlines(runtime()), 1);
    this.dispatcher.ledger.names = module.names;
    const threads = this.#threads;
    this.dispatcher.ledger.crew = {
      get readyThreads() {
        return threads.map(({ index }) => index);
      },
      onlyThread,
      ring: (thread) => bell.ring(this.#doorbellOf(thread)),
      grow: () => void this.grown++,
      kill: () => {
        throw new Error('No scenario has tasks that must be killed');
      },
      postArguments: (thread, slot, { value }, delivery) => {
        this.posts.push(DELIVERIES[delivery]);
        post(this.region, this.#shared, thread, slot | (delivery << 6) | ((value as number) << 8));
      },
    };
    for (let index = 0; index < shared.workers; index++) {
      this.region.i32[this.region.control(index) + DOORBELL] = index + 1;
      this.#threads.push({ index, reader: new CompletionReader(this.region, index) });
    }
    const { dispatcher } = this;
    const pumped = {
      readers: this.#threads,
      handle: (reader: CompletionReader, thread: number) => this.#handle(reader, thread),
      settled: () => dispatcher.refill(),
      work: dispatcher.ledger,
      rested: () => {},
    };
    this.#pump = new CompletionPump(pumped, bell, 0);
    dispatcher.ledger.onRoom = () => this.#pump.schedule();
  }

  submit(task: number, argument: number): Promise<unknown> {
    const promise = this.dispatcher.submit(task, [argument]);
    this.#pump.schedule();
    return promise;
  }

  /** Submits a task whose argument travels by message. */
  submitMessage(task: number, argument: number, signal?: AbortSignal): Promise<unknown> {
    const options = { transfer: [new ArrayBuffer(1)], ...(signal !== undefined && { signal }) };
    const promise = this.dispatcher.submitWith(task, [argument], options);
    this.#pump.schedule();
    return promise;
  }

  submitWith(task: number, argument: number, signal: AbortSignal): Promise<unknown> {
    const promise = this.dispatcher.submitWith(task, [argument], { signal });
    this.#pump.schedule();
    return promise;
  }

  /** Ends the worker once it has nothing to do. */
  retire(index: number): void {
    Atomics.store(this.region.i32, this.region.control(index) + STOP, STOP_WHEN_DONE);
    ring(this.region.i32, this.#doorbellOf(index));
  }

  /** The worker has ended: takes what it had done, and fails what it had not. */
  exited(index: number): void {
    const { arena } = this.region;
    const thread = this.#threads.find((each) => each.index === index);
    if (thread === undefined) return;
    while (!thread.reader.isEmpty) this.#handle(thread.reader, index);
    this.dispatcher.refill();
    this.#threads.splice(this.#threads.indexOf(thread), 1);
    this.idle.forget(index);
    forgetThread(arena, index + 1);
    releaseThread(arena, index + 1);
    ringAll(arena);
    recoverFromCrash(this.dispatcher.ledger, index, 1, 'it died', undefined);
    this.#pump.schedule();
  }

  #handle(reader: CompletionReader, thread: number): void {
    const at = reader.next;
    const label = reader.shift();
    if ((label & WANTS_MESSAGE) === 0) this.dispatcher.completion.complete(at, label);
    else this.dispatcher.messages.sendToClaimant(slotOfLabel(label), thread);
  }

  #doorbellOf(thread: number): number {
    return this.region.i32[this.region.control(thread) + DOORBELL] as number;
  }
}

/** A worker thread, as `runThread` has it. */
export class ModelWorker {
  readonly stopped: Promise<void>;
  readonly #shared: PoolShared;
  readonly #region: Region;
  readonly #index: number;
  readonly #loop: TaskLoop;

  constructor(buffer: SharedArrayBuffer, shared: PoolShared, index: number, doorbell: number) {
    this.#shared = shared;
    this.#index = index;
    this.#region = regionOf(buffer, shared);
    const setup: ThreadSetup = {
      arena: buffer,
      region: this.#region.shape,
      index,
      doorbell,
      poolDoorbell: 0,
      startedAt: 0,
      workerDataForm: PLAIN,
      module: '',
      concurrency: 1,
      elastic: false,
      spinMs: 0,
      spinners: 1,
    };
    let stop = (): void => {};
    this.stopped = new Promise((resolve) => (stop = resolve));
    this.#loop = new TaskLoop(this.#region, setup, noHost, module, () => Promise.resolve(), stop);
    watched = { region: this.#region, index, parks: parksOf(shared, index) };
    meetAt(this.#region.i32, meetingPoint(shared));
  }

  /** Serves until it is told to stop. */
  async serve(): Promise<void> {
    this.#loop.announce();
    void this.#readMail();
    this.#loop.start();
    await this.stopped;
  }

  async #readMail(): Promise<void> {
    const { i32 } = this.#region;
    const count = mailboxOf(this.#shared, this.#index);
    for (let read = 0; ; read++) {
      for (;;) {
        const wait = Atomics.waitAsync(i32, count, read);
        if (!wait.async) break;
        await wait.value;
      }
      const message = i32[count + 1 + read] as number;
      this.#loop.receive([headOf(message & 63, PLAIN, ((message >> 6) & 3) as Delivery), message >> 8]);
    }
  }
}

const noHost: ThreadHost = {
  entry: 'thread',
  setup: undefined,
  workerData: undefined,
  postMessage: () => {
    throw new Error('No scenario has results that travel by message');
  },
  onMessage: () => {},
  leave: () => Promise.resolve(),
  onExit: () => {},
  onFatal: () => {},
};

/** What this worker's thread is watched for. Plain reads and writes: the search does not see them. */
let watched: { readonly region: Region; readonly index: number; readonly parks: number } | undefined;

const { claim } = TaskQueueReader.prototype;
/** Whoever claims is neither idle nor reserved: what is reserved claims nothing. */
TaskQueueReader.prototype.claim = function (...args): number {
  const slot = claim.call(this, ...args);
  if (watched === undefined || slot === NONE) return slot;
  ok(stateOf(watched.region, watched.index) === 0, 'a thread claimed that was idle or reserved');
  return slot;
};

const { park, leave, takeParked } = IdleThreads.prototype;
IdleThreads.prototype.park = function (thread: number): boolean {
  if (watched !== undefined) watched.region.i32[watched.parks] = (watched.region.i32[watched.parks] as number) + 1;
  return park.call(this, thread);
};

/** What workers do wrong in the scenarios that are to be caught. */
export type Flaw = 'keeps the search' | 'claims while idle';
let flaw: Flaw | undefined;

IdleThreads.prototype.leave = function (thread: number): boolean {
  return flaw === 'claims while idle' && watched !== undefined ? true : leave.call(this, thread);
};
IdleThreads.prototype.takeParked = function (): number {
  return flaw === 'keeps the search' && watched !== undefined ? NO_THREAD : takeParked.call(this);
};

function stateOf(region: Region, index: number): number {
  return ((region.i32[region.base + IDLE_THREADS] as number) >> (index * 2)) & 3;
}

function post({ i32 }: Region, shared: PoolShared, thread: number, message: number): void {
  const count = mailboxOf(shared, thread);
  i32[count + 1 + (i32[count] as number)] = message;
  Atomics.add(i32, count, 1);
  Atomics.notify(i32, count);
}

function regionOf(buffer: SharedArrayBuffer, { region, workers }: PoolShared): Region {
  return new Region(Arena.attach(buffer), { base: region, slots: SLOTS, threads: workers });
}

function mailboxOf({ mail }: PoolShared, index: number): number {
  return (mail >> 2) + index * MAIL_WORDS;
}

function meetingPoint(shared: PoolShared): number {
  return mailboxOf(shared, shared.workers);
}

function parksOf(shared: PoolShared, index: number): number {
  return meetingPoint(shared) + 16 + index;
}

export type PoolScenario = Scenario<PoolShared, ModelPool | ModelWorker>;
type Parts = Pick<PoolScenario, 'memory' | 'setup' | 'attach' | 'words' | 'check'>;

/** The pool of the thread that checks. */
let checked: ModelPool | undefined;

/** The parts of a scenario about a pool with so many worker threads, and perhaps with one that is sent tasks ahead. */
export function poolOf(workers: number, wrong?: Flaw, onlyThread: number = NO_THREAD): Parts {
  return {
    memory: arenaMemory,

    setup: (buffer) => {
      const arena = Arena.attach(buffer);
      const region = arena.allocate(regionBytes(SLOTS, workers), 1);
      return { workers, region, mail: arena.allocate((workers + 2) * MAIL_WORDS * 4, 2) };
    },

    attach: ({ buffer, shared, thread }) => {
      const bell = takePlace({ buffer, thread });
      watched = undefined;
      ticks = 0;
      flaw = wrong;
      if (thread === 0) return (checked = new ModelPool(buffer, shared, bell, onlyThread));
      return new ModelWorker(buffer, shared, thread - 1, thread);
    },

    words: (buffer, shared) => {
      const region = regionOf(buffer, shared);
      const words = bellWords();
      Object.assign(words, { head: (region.base + HEAD) * 4, idle: (region.base + IDLE_THREADS) * 4 });
      for (let i = 0; i < region.entryCount; i++) words[`entry ${i}`] = (region.entries + i) * 4;
      for (let i = 0; i < SLOTS; i++) words[`state of slot ${i}`] = (region.slot(i) + STATE) * 4;
      for (let i = 0; i < workers; i++) {
        words[`completions of worker ${i}`] = region.completionTail(i) * 4;
        words[`stop of worker ${i}`] = (region.control(i) + STOP) * 4;
        words[`sent to worker ${i}`] = (region.control(i) + SENT) * 4;
        words[`begun by worker ${i}`] = (region.control(i) + BEGUN) * 4;
        words[`reservation of worker ${i}`] = (region.control(i) + RESERVATION) * 4;
        words[`mail of worker ${i}`] = mailboxOf(shared, i) * 4;
      }
      words['meeting point'] = meetingPoint(shared) * 4;
      return words;
    },

    check: ({ shared, died }) => {
      settled();
      const workers = Array.from({ length: shared.workers }, (_, index) => index);
      const alive = workers.filter((index) => died[index + 1] !== true);
      for (const index of alive) sleepsAsParked(index);
      // Whoever sees a death rings everyone, parked or not.
      if (!died.includes(true)) for (const index of alive) rungAtMostOncePerPark(shared, index);
    },
  };
}

/** At rest nothing is queued, running or held. */
function settled(): void {
  const { queued, occupied, inFlight } = (checked as ModelPool).dispatcher.ledger;
  ok(queued === 0 && occupied === 0 && inFlight === 0, `queued ${queued}, occupied ${occupied}, in flight ${inFlight}`);
}

/** A worker that sleeps and does not count as parked is never woken again, and may keep others from being woken. */
function sleepsAsParked(index: number): void {
  const { region } = checked as ModelPool;
  if (region.i32[region.control(index) + STOP] !== RUN) return;
  const state = ['busy', 'searching', 'parked', 'reserved'][stateOf(region, index)];
  ok(state === 'parked', `worker ${index} sleeps while it counts as ${state}`);
}

/** A ring that finds a worker awake costs a system call for nothing. That to stop it comes in any case. */
function rungAtMostOncePerPark(shared: PoolShared, index: number): void {
  const { region } = checked as ModelPool;
  if (region.i32[region.control(index) + STOP] !== RUN) return;
  const rings = region.i32[(THREADS_OFFSET >> 2) + (index + 1) * 16] as number;
  const parks = region.i32[parksOf(shared, index)] as number;
  ok(rings <= parks, `worker ${index} was rung ${rings} times and parked ${parks} times`);
}
