/** Comes to a barrier point twice: once in its event loop, by name, and once blocking. */
import { parentPort } from 'node:worker_threads';
import { BarrierPoint, point } from '../../src/testing/barrier-point.ts';
import type { Handle } from '../../src/memory/shared-object.ts';
import { data } from '../support/attach-thread.ts';

const held = BarrierPoint.from(data as Handle);
await point('between threads');
parentPort?.postMessage('past the first');
held.hitSync({ allowBlocking: true });
parentPort?.postMessage('past the second');
