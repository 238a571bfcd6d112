/** The life of a pool thread: attach, agree on the clock, load the module, serve, tear down, leave. */
import { toErrorRecord } from '../../channel/codec/error-record.ts';
import { Arena, useDefaultArena } from '../../memory/arena.ts';
import { store } from '../../memory/atomic.ts';
import { adoptClock, observeClock } from '../../pacing/clock.ts';
import { runtime, type ThreadHost } from '../../runtime.ts';
import { Doorbell } from '../../signal/doorbell.ts';
import { KILLABLE, Region } from '../layout.ts';
import type { FromThread, ThreadSetup, ToThread } from '../protocol.ts';
import { setCurrentThread } from './current-task.ts';
import { TaskLoop } from './task-loop.ts';
import { TaskModule } from './task-module.ts';

/** Serves the pool that has started this thread. Called by the worker entries, once. */
export function runThread(): void {
  const { host } = runtime();
  if (host === undefined) throw new TypeError('This file runs inside a thread that a pool has started');
  void serve(host, host.setup as ThreadSetup);
}

async function serve(host: ThreadHost, setup: ThreadSetup): Promise<void> {
  const send = (message: FromThread): void => host.postMessage(message);
  host.onFatal((error) => {
    send({ type: 'fatal', error: toErrorRecord(error) });
    host.exit(1);
  });
  const region = attach(setup);
  const serving: { loop?: TaskLoop } = {};
  // Listening keeps the thread alive; it comes first, since messages without a listener are lost on Deno.
  host.onMessage((message) => serving.loop?.receive(message as ToThread));
  send({ type: 'started' });
  observeClock(setup.startedAt);
  adoptClock(region.clock(setup.index));
  setCurrentThread({
    index: setup.index,
    postMessage: (value, task) => send({ type: 'user', value, task }),
  });

  let module: TaskModule;
  try {
    module = await TaskModule.load(setup.module);
  } catch (error) {
    send({ type: 'load-failed', message: messageOf(error), error: toErrorRecord(error) });
    host.exit(1);
    return;
  }
  const loop = new TaskLoop(region, setup, host, module, () => void leave(host, module, send));
  serving.loop = loop;
  send({ type: 'ready', tasks: module.names });
  adoptClock(region.clock(setup.index));
  if (await host.prepareForTermination()) store(region.i32, region.control(setup.index) + KILLABLE, 1);
  loop.start();
}

function attach(setup: ThreadSetup): Region {
  const arena = Arena.attach(setup.arena);
  useDefaultArena(arena);
  Doorbell.adopt(arena, setup.doorbell);
  return new Region(arena, setup.region);
}

async function leave(host: ThreadHost, module: TaskModule, send: (message: FromThread) => void): Promise<void> {
  try {
    await module.teardown();
  } catch (error) {
    send({ type: 'teardown-failed', error: toErrorRecord(error) });
  }
  host.exit(0);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
