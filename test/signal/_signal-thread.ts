/** What threads do in the tests of primitives between threads: one scenario each. */
import { parentPort } from 'node:worker_threads';
import type { Handle } from '../../src/memory/shared-object.ts';
import { AutoResetEvent } from '../../src/signal/auto-reset-event.ts';
import { ManualResetEvent } from '../../src/signal/manual-reset-event.ts';
import { Semaphore } from '../../src/signal/semaphore.ts';
import { waitAny, waitAnySync } from '../../src/signal/wait-any.ts';
import { data } from '../support/attach-thread.ts';
import { microtasks } from './_settled.ts';

/** What a test asks of a thread. */
export type Scenario =
  | { does: 'echo'; ping: Handle; pong: Handle; rounds: number; blocking: boolean }
  | { does: 'wait'; event: Handle; blocking: boolean }
  | { does: 'contend'; semaphore: Handle; inside: Int32Array; limit: number; rounds: number; blocking: boolean }
  | { does: 'cancel'; semaphore: Handle; rounds: number }
  | { does: 'hog'; semaphore: Handle; stop: Handle }
  | { does: 'take one'; semaphore: Handle }
  | { does: 'wait and freeze'; semaphore: Handle; never: Int32Array }
  | { does: 'first of'; events: Handle[]; rounds: number; blocking: boolean; pong: Handle };

const scenario = data as Scenario;
const post = (message: unknown): void => parentPort?.postMessage(message);

switch (scenario.does) {
  case 'echo': {
    const ping = AutoResetEvent.from(scenario.ping);
    const pong = AutoResetEvent.from(scenario.pong);
    for (let round = 0; round < scenario.rounds; round++) {
      if (scenario.blocking) ping.waitSync();
      else await ping.wait();
      pong.set();
    }
    break;
  }
  case 'wait': {
    const event = ManualResetEvent.from(scenario.event);
    try {
      if (scenario.blocking) {
        post('waiting');
        event.waitSync();
      } else {
        const wait = event.wait();
        post('waiting');
        await wait;
      }
      post('done');
    } catch (error) {
      post(String(error));
    }
    break;
  }
  case 'contend': {
    const semaphore = Semaphore.from(scenario.semaphore);
    let violations = 0;
    for (let round = 0; round < scenario.rounds; round++) {
      const count = 1 + (round % scenario.limit);
      const permit = scenario.blocking ? semaphore.acquireSync(count) : await semaphore.acquire(count);
      if (Atomics.add(scenario.inside, 0, count) + count > scenario.limit) violations++;
      if (!scenario.blocking) await microtasks(round % 3);
      Atomics.sub(scenario.inside, 0, count);
      permit.release();
    }
    post({ violations });
    break;
  }
  case 'cancel': {
    const semaphore = Semaphore.from(scenario.semaphore);
    let granted = 0;
    const one = async (round: number): Promise<void> => {
      const controller = new AbortController();
      const wait = semaphore.acquire(1 + (round % 2), { signal: controller.signal });
      void microtasks(Math.floor(Math.random() * 20)).then(() => controller.abort());
      try {
        const permit = await wait;
        granted++;
        permit.release();
      } catch {
        // Cancelled before it was granted.
      }
    };
    for (let round = 0; round < scenario.rounds; round += 5) {
      await Promise.all([0, 1, 2, 3, 4].map((i) => one(round + i)));
    }
    post({ granted });
    break;
  }
  case 'hog': {
    const semaphore = Semaphore.from(scenario.semaphore);
    const stop = ManualResetEvent.from(scenario.stop);
    let rounds = 0;
    while (!stop.isSet) {
      const permit = semaphore.acquireSync();
      if (rounds++ === 0) post('hogging');
      permit.release();
    }
    post({ rounds });
    break;
  }
  case 'take one': {
    const wait = Semaphore.from(scenario.semaphore).acquire();
    post('waiting');
    await wait;
    post('taken');
    break;
  }
  case 'wait and freeze': {
    void Semaphore.from(scenario.semaphore).acquire();
    post('waiting');
    // From now on it answers no ring.
    Atomics.wait(scenario.never, 0, 0);
    break;
  }
  case 'first of': {
    const events = scenario.events.map((handle) => AutoResetEvent.from(handle));
    const pong = AutoResetEvent.from(scenario.pong);
    const indices: number[] = [];
    for (let round = 0; round < scenario.rounds; round++) {
      indices.push(scenario.blocking ? waitAnySync(events) : await waitAny(events));
      pong.set();
    }
    post(indices);
    break;
  }
}
