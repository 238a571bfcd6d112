/** The life of a pool thread: attach, agree on the clock, load the module, serve, tear down, leave. */
import type { toErrorRecord } from '../../channel/codec/error-record.ts';
import { Arena, useDefaultArena } from '../../memory/arena.ts';
import { load, store } from '../../memory/atomic.ts';
import { adoptClock, observeClock } from '../../pacing/clock.ts';
import { runtime, type ThreadHost } from '../../runtime.ts';
import { Doorbell } from '../../signal/doorbell.ts';
import { IdleThreads } from '../idle-threads.ts';
import { KILLABLE, Region, STOP, STOP_NOW, STOP_WHEN_DONE } from '../layout.ts';
import type { arrivedValue, carried } from '../message-lane.ts';
import { PLAIN } from '../posted.ts';
import { CLOCK, type FromThread, type Post, type ThreadSetup } from '../protocol.ts';
import { setCurrentThread } from './current-task.ts';
import type { agreeOnClock } from './clock-agreement.ts';
import type { TaskLoop } from './task-loop.ts';
import { TaskModule } from './task-module.ts';

/** What a thread does not need before its module is loaded. */
export interface Serving {
  readonly agreeOnClock: typeof agreeOnClock;
  readonly arrivedValue: typeof arrivedValue;
  readonly carried: typeof carried;
  /** So that primitives arrive as themselves. */
  readonly loadPrimitives: () => Promise<unknown>;
  readonly TaskLoop: typeof TaskLoop;
  readonly toErrorRecord: typeof toErrorRecord;
}

/**
 * Serves the pool that has started this thread. Called once.
 *
 * @param loadServing - called when it is needed: how soon a thread is ready is how little it has to load
 */
export function runThread(loadServing: () => Promise<Serving>): void {
  const { host } = runtime();
  if (host === undefined) throw new TypeError('This file runs inside a thread that a pool has started');
  void serve(host, host.setup as ThreadSetup, loadServing);
}

async function serve(host: ThreadHost, setup: ThreadSetup, loadServing: () => Promise<Serving>): Promise<void> {
  // First of all: its files are read while this thread gets on with the rest. It runs only after this turn.
  const given = { workerData: host.workerData };
  const loading = loadModule(setup, given, loadServing);
  const send = (message: FromThread): void => host.postMessage(message);
  const tell = async (type: 'fatal' | 'teardown-failed', error: unknown): Promise<void> => {
    const { toErrorRecord } = await loadServing();
    send({ type, error: toErrorRecord(error) });
  };
  host.onFatal((error) => {
    if (isTerminated()) return;
    const leaveAfterAll = (): void => void host.leave(1);
    tell('fatal', error).then(leaveAfterAll, leaveAfterAll);
  });
  const region = attach(setup);
  const control = region.control(setup.index);
  const isTerminated = (): boolean =>
    load(region.i32, control + KILLABLE) === 1 && load(region.i32, control + STOP) === STOP_NOW;
  const inbox = new Mailbox<Post>();
  const outbox = new Mailbox<UserMessage>();
  // Listening keeps the thread alive; it comes early, since messages without a listener are lost on Deno.
  let onClock = (): void => {};
  host.onMessage((message) => (message === CLOCK ? onClock() : inbox.put(message as Post)));
  send({ type: 'started' });
  observeClock(setup.startedAt);
  adoptClock(region.clock(setup.index));
  setCurrentThread({
    index: setup.index,
    get workerData(): unknown {
      return given.workerData;
    },
    postMessage: (value, task) => outbox.put({ value, task }),
  });

  const loaded = leaveOnStop(region, setup, host, STOP_WHEN_DONE);
  let module: TaskModule;
  try {
    module = await loading;
  } catch (error) {
    const { carried, toErrorRecord } = await loadServing();
    outbox.open(({ value, task }) => send({ type: 'user', ...carried(value), task }));
    send({ type: 'load-failed', message: messageOf(error), error: toErrorRecord(error) });
    return host.leave(1);
  }
  let isExiting = false;
  let abandon = (): void => {};
  host.onExit((code) => {
    // On Deno process.exit loops until its thread is terminated: one that has outlived that loops for ever.
    if (isTerminated()) throw new Error('This thread is being terminated');
    isExiting = true;
    abandon();
    send({ type: 'exiting', code });
  });
  loaded();
  // From now on the pool counts on this thread: what it is given waits until it serves.
  new IdleThreads(region).search(setup.index);
  send({ type: 'ready', tasks: module.names, others: module.others });
  adoptClock(region.clock(setup.index));
  const serving = await loadServing();
  outbox.open(({ value, task }) => send({ type: 'user', ...serving.carried(value), task }));
  if (isExiting) return;
  const onStop = (): void => void leave(host, module, region, setup, tell);
  const loop = new serving.TaskLoop(region, setup, host, module, serving.loadPrimitives, onStop);
  abandon = () => loop.abandon();
  loop.announce();
  if (await runtime().prepareForTermination()) {
    store(region.i32, control + KILLABLE, 1);
    // The pool writes STOP before it reads KILLABLE: either it has seen that, or STOP is seen here and the pool told.
    if (isTerminated()) send({ type: 'killable' });
  }
  inbox.open((message) => loop.receive(message));
  onClock = serving.agreeOnClock(region.clock(setup.index), () => send({ type: 'clock' }));
  loop.start();
}

/** The module may look at `task.workerData` while it loads: what primitives in it need must be there. */
async function loadModule(
  { module, workerDataForm }: ThreadSetup,
  given: { workerData: unknown },
  loadServing: () => Promise<Serving>,
): Promise<TaskModule> {
  if (workerDataForm !== PLAIN) {
    const { arrivedValue, loadPrimitives } = await loadServing();
    await loadPrimitives();
    given.workerData = arrivedValue(workerDataForm, given.workerData);
  }
  return TaskModule.load(module);
}

/**
 * While the module loads or is torn down, nothing else looks whether the thread is still wanted. By leaving of its own
 * accord it proves that it has ended, also where `terminate` proves nothing. Returns what ends this watch.
 *
 * @param stop - how urgently the thread must have been told to stop: at least so
 */
function leaveOnStop(region: Region, setup: ThreadSetup, host: ThreadHost, stop: number): () => void {
  const bell = Doorbell.current();
  const look = (): void => {
    const ticket = bell.ticket();
    if (load(region.i32, region.control(setup.index) + STOP) >= stop) void host.leave(1);
    else bell.arm(ticket);
  };
  const unlisten = bell.listen(look);
  look();
  return unlisten;
}

/** A message of the user's to the pool, and the task that sent it. */
interface UserMessage {
  readonly value: unknown;
  readonly task: string;
}

/** Keeps what comes before it can be taken: tasks from the pool, and messages to it. */
class Mailbox<T> {
  readonly #kept: T[] = [];
  #receive: ((message: T) => void) | undefined;

  put(message: T): void {
    if (this.#receive === undefined) this.#kept.push(message);
    else this.#receive(message);
  }

  open(receive: (message: T) => void): void {
    this.#receive = receive;
    for (const message of this.#kept.splice(0)) receive(message);
  }
}

function attach(setup: ThreadSetup): Region {
  const arena = Arena.attach(setup.arena);
  useDefaultArena(arena);
  Doorbell.adopt(arena, setup.doorbell);
  return new Region(arena, setup.region);
}

async function leave(
  host: ThreadHost,
  module: TaskModule,
  region: Region,
  setup: ThreadSetup,
  tell: (type: 'teardown-failed', error: unknown) => Promise<void>,
): Promise<void> {
  leaveOnStop(region, setup, host, STOP_NOW);
  try {
    if (load(region.i32, region.control(setup.index) + STOP) < STOP_NOW) await module.teardown();
  } catch (error) {
    await tell('teardown-failed', error);
  }
  await host.leave(0);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
