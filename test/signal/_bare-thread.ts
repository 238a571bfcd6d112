/** A thread that was started by hand, with nothing but a handle. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Handle } from '../../src/memory/shared-object.ts';
import { Doorbell } from '../../src/signal/doorbell.ts';
import { Semaphore } from '../../src/signal/semaphore.ts';
import '../support/install-runtime.ts';

const semaphore = Semaphore.from(workerData as Handle);
await semaphore.acquire();
parentPort?.postMessage(Doorbell.current().thread);
