/** Inside a thread of a test: importing this attaches it to the arena of its spawner. */
import { workerData } from 'node:worker_threads';
import { Arena, useDefaultArena } from '../../src/memory/arena.ts';
import { Doorbell } from '../../src/signal/doorbell.ts';
import type { AttachedData } from './attached-thread.ts';
import './install-runtime.ts';

const attached = workerData as AttachedData;
const arena = Arena.attach(attached.buffer);
useDefaultArena(arena);
Doorbell.adopt(arena, attached.thread);

/** What the spawner passed. */
export const data: unknown = attached.data;
