/**
 * The entry of a thread under test. Patches `Atomics`, timers and clocks, imports the scenario (and with it the code
 * under test, unmodified), and then runs one body per schedule as the controller tells it.
 *
 * How the controller knows that an async body has come to rest: after anything that may have queued microtasks the
 * thread goes back to its event loop, and reports from a macrotask of its own. Microtasks have run out by then, or have
 * reached a scheduling point, which reports for itself from inside the microtask and blocks there. While the thread is
 * stopped its event loop is too, so nothing runs that the controller did not start.
 */
import process from 'node:process';
import { parentPort } from 'node:worker_threads';
import { bodyContext, BodyEvents } from './body-context.ts';
import { Control, type LogEntry } from './control.ts';
import { ARGUMENT, COMMAND, Command, Flag, Report } from './lane.ts';
import type { Answer, BatchItem, Request } from './protocol.ts';
import { Puppet } from './puppet.ts';
import type { Scenario, ThreadContext } from './scenario.ts';
import { ThreadDeath } from './thread-death.ts';
import { installVirtualAtomics } from './virtual-atomics.ts';
import { installVirtualEventLoop, realSetImmediate } from './virtual-event-loop.ts';

const PROBES = 32;

const port = parentPort;
if (port === null) throw new Error('This module is the entry of a worker thread');

let puppet: Puppet | undefined;
let scenario: Scenario<unknown, unknown> | undefined;
let batch: readonly BatchItem[] = [];
/**
 * What this thread made itself. It is used as it is: a copy that comes back by message is another object, and code that
 * knows its memory by identity would go on with the first.
 */
let made: readonly BatchItem[] | undefined;
let item: BatchItem | undefined;
let local: unknown;
let events = new BodyEvents();
/** Schedules in which the loop turns in any case, so that a body which left promises behind is found out. */
let probes = PROBES;

(process as { setSourceMapsEnabled?: (on: boolean) => void }).setSourceMapsEnabled?.(true);
installVirtualAtomics(() => puppet);
installVirtualEventLoop(() => puppet);
process.on('unhandledRejection', (reason) => fail(reason));
process.on('uncaughtException', (error) => fail(error));

port.on('message', (request: Request) => {
  answer(request).then(
    (reply) => {
      port.postMessage(reply);
      if (reply.kind === 'serving') serve();
    },
    (error: unknown) => {
      const message = String((error as Error)?.stack ?? error);
      port.postMessage({ kind: 'failed', message } satisfies Answer);
    },
  );
});

async function answer(request: Request): Promise<Answer> {
  switch (request.kind) {
    case 'load': {
      puppet = undefined;
      made = undefined;
      const module = (await import(request.url)) as Record<string, Scenario<unknown, unknown> | undefined>;
      scenario = module[request.exportName];
      if (scenario === undefined) throw new Error(`${request.url} exports no '${request.exportName}'`);
      const { threads, budget = {}, cancelsWhenStuck = false, mortal = [...threads.keys()] } = scenario;
      const bytes = makeMemory().byteLength;
      return { kind: 'loaded', bytes, threads: threads.length, budget, mortal, cancelsWhenStuck };
    }
    case 'join':
      puppet = new Puppet(new Control(request.memory, request.granules), request.thread);
      probes = PROBES;
      return { kind: 'joined' };
    case 'make':
      made = Array.from({ length: request.count }, makeItem);
      return { kind: 'made', batch: made };
    case 'serve':
      batch = made ?? request.batch;
      return { kind: 'serving' };
  }
}

function makeMemory(): SharedArrayBuffer {
  const memory = scenario?.memory ?? 0;
  return typeof memory === 'number' ? new SharedArrayBuffer(memory) : memory();
}

function makeItem(): BatchItem {
  const buffer = makeMemory();
  return { buffer, shared: scenario?.setup?.(buffer) };
}

/** Obeys the controller, from outside any body, until the batch is used up. */
function serve(): void {
  const { control, thread } = running();
  control.attend(thread);
  follow(control.words[control.lane(thread, COMMAND)] as number);
}

function follow(first: number): void {
  const current = running();
  for (let command = first; ; command = current.report(stateNow())) {
    if (command === Command.rest) {
      current.tested = undefined;
      current.live = false;
      current.control.leave(current.thread);
      return;
    }
    if (perform(command, current) || current.dead) {
      afterTurn(current);
      return;
    }
  }
}

/** Reports once microtasks have run out; a dead thread, once its timers have as well. */
function afterTurn(current: Puppet): void {
  realSetImmediate(() => {
    if (!current.dead || current.timers.earliest === 0) return follow(current.report(stateNow()));
    current.timers.runOut();
    afterTurn(current);
  });
}

function stateNow(): number {
  const current = running();
  if (!current.dead) return Report.idle;
  current.buried();
  return Report.dead;
}

/** True if the event loop must turn before the thread counts as stopped. */
function perform(command: number, current: Puppet): boolean {
  const argument = current.control.words[current.control.lane(current.thread, ARGUMENT)] as number;
  switch (command) {
    case Command.open:
      open(argument, current);
      return false;
    case Command.start:
      current.tested = item?.buffer;
      runBody(current);
      break;
    case Command.resolve:
      current.settle(argument, 'ok');
      return true;
    case Command.fire:
      attempt(() => current.timers.fireEarliest());
      return true;
    case Command.abort:
      attempt(() => events.abort());
      return true;
    case Command.death:
      current.flags &= ~Flag.awaitsDeath;
      events.announceDeath(argument < 0 ? undefined : argument);
      return true;
    case Command.die:
      current.die();
      return false;
    case Command.close:
      current.dead = true;
      return false;
    case Command.check:
      // This thread may have died in the schedule; its failures count again.
      current.dead = false;
      current.tested = undefined;
      attempt(() => check(current, argument));
      return false;
  }
  return current.usedEventLoop || probes-- > 0;
}

function open(index: number, current: Puppet): void {
  item = batch[index];
  current.open();
  events = new BodyEvents();
  attempt(() => {
    local = scenario?.attach?.(context(current));
    const words = scenario?.words;
    if (!current.tracing || current.thread !== 0 || words === undefined || item === undefined) return;
    const names = typeof words === 'function' ? words(item.buffer, item.shared) : words;
    current.control.write({ kind: 'words', names });
  });
}

function runBody(current: Puppet): void {
  const body = scenario?.threads[current.thread];
  try {
    const result = body?.(context(current));
    if (!isThenable(result)) {
      current.flags |= Flag.done;
      current.returned = !current.usedEventLoop;
      return;
    }
    current.usedEventLoop = true;
    result.then(
      () => {
        if (running() === current) current.flags |= Flag.done;
      },
      (error: unknown) => fail(error),
    );
  } catch (error) {
    fail(error);
  }
}

function context(current: Puppet): ThreadContext<unknown, unknown> {
  return bodyContext(current, item as BatchItem, local, events);
}

function check(current: Puppet, deaths: number): void {
  const { buffer, shared } = item as BatchItem;
  const { control } = current;
  const log = control.read().filter((line): line is LogEntry => line.kind === 'log');
  const died = (scenario?.threads ?? []).map((_, index) => (deaths & (1 << index)) !== 0);
  scenario?.check?.({ buffer, shared, scratch: control.scratch, log, died });
}

function attempt(action: () => void): void {
  try {
    action();
  } catch (error) {
    fail(error);
  }
}

/** Records what went wrong, unless it went wrong because the thread is being unwound. */
function fail(error: unknown): void {
  if (puppet === undefined || puppet.dead || error instanceof ThreadDeath) return;
  puppet.flags |= Flag.failed | Flag.done;
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: '' };
  puppet.control.write({ kind: 'failure', thread: puppet.thread, message, stack: stack ?? '' });
}

function running(): Puppet {
  if (puppet === undefined) throw new Error('The thread has not joined a search');
  return puppet;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}
