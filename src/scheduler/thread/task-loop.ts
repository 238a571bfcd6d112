/**
 * What a pool thread does: claims tasks, one at a time, runs them, reports them, and parks when there are none.
 *
 *     turn ──> stopping? ──> at its limit of tasks? wait for one to end
 *      ^           │
 *      │     sent ahead, or claim ── a task ──> run it ──> report it ──> turn (after TURN_MS by the event loop)
 *      │           │
 *      └── rung ── park <── nothing came <── spin a little, while that pays
 *
 * It always parks in its event loop, so that the timers, sockets and inspector of the user's module go on while it is
 * idle.
 */
import { toErrorRecord } from '../../channel/codec/error-record.ts';
import { load, store } from '../../memory/atomic.ts';
import { runtime, type ThreadHost } from '../../runtime.ts';
import { Doorbell } from '../../signal/doorbell.ts';
import { BEGUN, CANCEL, type Region, RUN, SENT, STOP } from '../layout.ts';
import { AHEAD, CLAIMED, deliveryOf, type FromThread, slotOf, type ThreadSetup, type Post } from '../protocol.ts';
import { NONE, TaskQueueReader } from '../task-queue.ts';
import { IdleSearch } from './idle-search.ts';
import type { TaskModule } from './task-module.ts';
import { TaskRunner } from './task-runner.ts';

/** How long tasks may run one after another before the thread's own timers and I/O get their turn. */
const TURN_MS = 4;

export class TaskLoop {
  readonly #region: Region;
  readonly #setup: ThreadSetup;
  readonly #host: ThreadHost;
  readonly #bell = Doorbell.current();
  readonly #queue: TaskQueueReader;
  readonly #search: IdleSearch;
  readonly #runner: TaskRunner;
  readonly #stopWord: number;
  readonly #sentWord: number;
  readonly #begunWord: number;
  readonly #onStop: () => void;
  /** Tasks that were sent ahead and are here, and how many have come. */
  readonly #sentAhead: Post[] = [];
  #received = 0;
  /** Whether the latest task has come by message. */
  #cameByMessage = false;
  #turnStart = 0;
  #claims = 0;
  #deferred = false;
  #stopped = false;

  constructor(
    region: Region,
    setup: ThreadSetup,
    host: ThreadHost,
    module: TaskModule,
    loadPrimitives: () => Promise<unknown>,
    onStop: () => void,
  ) {
    const control = region.control(setup.index);
    this.#region = region;
    this.#setup = setup;
    this.#host = host;
    this.#onStop = onStop;
    this.#stopWord = control + STOP;
    this.#sentWord = control + SENT;
    this.#begunWord = control + BEGUN;
    this.#queue = new TaskQueueReader(region, setup.index);
    this.#search = new IdleSearch(region, setup, this.#queue, this.#bell, this.#isBarred);
    this.#runner = new TaskRunner(region, setup, host, module, loadPrimitives, this.#resume);
  }

  /** From now on the thread counts as idle, and the pool may assign it a task. */
  announce(): void {
    this.#search.announce();
  }

  /** Starts to serve. */
  start(): void {
    this.#bell.listen(this.#onRing);
    this.#startTurn();
  }

  /** The thread's code has called `process.exit`. On Deno, that may leave it running. */
  abandon(): void {
    this.#runner.close();
  }

  /** The arguments of a task have come by message. */
  receive(message: Post): void {
    if (this.#runner.isClosed || this.#outlivedCall()) return;
    this.#turnStart = runtime().now();
    this.#cameByMessage = true;
    const delivery = deliveryOf(message[0]);
    if (delivery === AHEAD) {
      this.#received = (this.#received + 1) | 0;
      this.#sentAhead.push(message);
    } else {
      if (delivery === CLAIMED) this.#runner.inFlight--;
      else this.#search.leaveReserve();
      this.#runner.runPosted(message);
    }
    this.#turn();
  }

  /**
   * Whether a task is on its way by message that comes before those in the queue. A plain read: whoever has seen an
   * entry of the queue sees what the pool wrote before that.
   */
  readonly #isBarred = (): boolean =>
    (((this.#region.i32[this.#sentWord] as number) - this.#received) | 0) > 0 || this.#search.isReserved;

  readonly #onRing = (): void => {
    this.#runner.noticeCancellations();
    this.#startTurn();
  };

  readonly #startTurn = (): void => {
    if (this.#outlivedCall()) return;
    this.#deferred = false;
    this.#turnStart = runtime().now();
    this.#turn();
  };

  /**
   * A call that the runtime has ended without a result or an error: Deno does so when a thread is out of memory, and
   * now and then the thread lives on. Then it is ended here, so that its tasks are accounted for.
   */
  #outlivedCall(): boolean {
    if (!this.#runner.isCalling || runtime().terminationIsProof) return false;
    // It was the pool that ended it, and the whole thread with it.
    if (this.#runner.isEnding) return true;
    this.abandon();
    const error = Object.assign(new Error('The thread ran out of memory'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
    this.#host.postMessage({ type: 'fatal', error: toErrorRecord(error) } satisfies FromThread);
    void this.#host.leave(1);
    return true;
  }

  #turn(): void {
    const search = this.#search;
    for (;;) {
      if (this.#runner.isClosed) return;
      // A plain read: if it comes late, the thread is rung, or looks once more before it parks.
      if (this.#region.i32[this.#stopWord] !== RUN) return this.#stop();
      if (this.#runner.inFlight >= this.#setup.concurrency) return this.#listen();
      if (this.#sentAhead.length > 0) {
        this.#beginSent();
        continue;
      }
      const wasIdle = search.isIdle;
      // A thread that holds no task may have been reserved: then its task is on its way by message.
      if (wasIdle && this.#queue.hasWork && !search.leave()) return;
      const slot = search.isIdle ? NONE : this.#queue.claim(this.#isBarred);
      if (slot === NONE) {
        // A message is only seen from the event loop.
        if (this.#isBarred()) return;
        // What follows a message is mostly another one.
        if (!this.#cameByMessage && search.spin(this.#claims)) continue;
        if (search.park()) return;
        continue;
      }
      if (wasIdle && this.#queue.hasWork) search.passOn();
      this.#cameByMessage = false;
      this.#runner.begin(slot);
      // Reading the clock costs as much as a small task: every fourth time will do.
      if ((++this.#claims & 3) === 0 && runtime().now() - this.#turnStart > TURN_MS) return this.#defer();
    }
  }

  /** Starts the oldest task that was sent ahead, unless its caller has given up by now: then it is merely done. */
  #beginSent(): void {
    if (this.#search.isIdle) this.#search.leave();
    const message = this.#sentAhead.shift() as Post;
    const { i32 } = this.#region;
    const slot = slotOf(message[0]);
    store(i32, this.#begunWord, (load(i32, this.#begunWord) + 1) | 0);
    if (load(i32, this.#region.body(slot) + CANCEL) !== 0) this.#runner.skip(slot);
    else this.#runner.runPosted(message);
  }

  /** A task that awaited is over: there is room for another. */
  readonly #resume = (): void => {
    if (!this.#deferred) this.#turn();
  };

  /** At its limit of tasks: no work is taken, but a cancellation or a stop must be heard. */
  #listen(): void {
    const ticket = this.#bell.ticket();
    this.#runner.noticeCancellations();
    if (load(this.#region.i32, this.#stopWord) !== RUN) return this.#stop();
    this.#bell.arm(ticket);
  }

  #defer(): void {
    this.#deferred = true;
    runtime().defer(this.#startTurn);
  }

  /** Stops once nothing is in flight or on its way; what is not claimed is left to others. */
  #stop(): void {
    if (!this.#search.leave()) return;
    // It may have been rung for a task that it now leaves to others.
    if (this.#queue.hasWork) this.#search.passOn();
    if (this.#runner.inFlight > 0) return this.#bell.arm(this.#bell.ticket());
    if (this.#stopped) return;
    this.#stopped = true;
    this.#onStop();
  }
}
