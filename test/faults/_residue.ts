/**
 * What the engine leaves behind in this process: timers, blocks of the arena, handles, threads.
 *
 * The arena is internal to the package. It is found here by watching which shared memory the package makes, and read
 * with the sources' own reader of the same format, which is thus an independent look at it.
 */
import { readdirSync } from 'node:fs';
import process from 'node:process';
import { Arena } from '../../src/memory/arena.ts';

export interface Residue {
  /** Timers that are set, whether they keep the process alive or not. */
  readonly timers: number;
  /** Blocks in use in the arena, by kind. */
  readonly blocks: Readonly<Record<string, number>>;
  /** What keeps the event loop alive, where the runtime tells. */
  readonly handles: Readonly<Record<string, number>>;
}

const timers = new Set<unknown>();
const arenas: SharedArrayBuffer[] = [];
/** No other shared memory of these tests is that large. */
const ARENA_BYTES = 64 * 2 ** 20;

watchTimers();
watchSharedMemory();

/** What is there now. */
export function residue(): Residue {
  const blocks: Record<string, number> = {};
  for (const buffer of arenas) {
    for (const [kind, entry] of Object.entries(Arena.attach(buffer).stats().byKind)) {
      blocks[kind] = (blocks[kind] ?? 0) + entry.blocks;
    }
  }
  return { timers: timers.size, blocks, handles: activeHandles() };
}

/** How many threads the system counts in this process; undefined where it does not tell. */
export function systemThreads(): number | undefined {
  try {
    return readdirSync('/proc/self/task').length;
  } catch {
    return undefined;
  }
}

/** Resolves once the event loop has handled what is queued now: the closing of handles takes two turns of it. */
export async function settledLoop(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
}

function activeHandles(): Record<string, number> {
  const counts: Record<string, number> = {};
  // Bun and Deno have the function but tell little.
  for (const kind of process.getActiveResourcesInfo?.() ?? []) {
    // The test runner's own channel and the turn of the loop that is under way come and go.
    if (!/^(Immediate|Timeout|PipeWrap|TTYWrap|TickObject|.*REQ.*|.*Req.*|CloseReq)$/.test(kind)) {
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
  }
  return counts;
}

function watchTimers(): void {
  const { setTimeout, clearTimeout, setInterval: repeat, clearInterval } = globalThis;
  const watched = function (callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) {
    const timer = setTimeout(() => {
      timers.delete(timer);
      callback(...args);
    }, ms);
    timers.add(timer);
    return timer;
  };
  const forget = (clear: (timer: never) => void) => (timer: unknown) => {
    timers.delete(timer);
    clear(timer as never);
  };
  Object.assign(globalThis, {
    setTimeout: Object.assign(watched, setTimeout),
    clearTimeout: forget(clearTimeout),
    setInterval: (...args: Parameters<typeof repeat>) => {
      const timer = repeat(...args);
      timers.add(timer);
      return timer;
    },
    clearInterval: forget(clearInterval),
  });
}

function watchSharedMemory(): void {
  globalThis.SharedArrayBuffer = new Proxy(SharedArrayBuffer, {
    construct(target, args: [number]) {
      const buffer = new target(...args);
      if (args[0] === ARENA_BYTES) arenas.push(buffer);
      return buffer;
    },
  });
}
