/** What threads do in the tests of threads that meet: one scenario each. */
import { parentPort } from 'node:worker_threads';
import type { Handle } from '../../src/memory/shared-object.ts';
import { Barrier } from '../../src/signal/barrier.ts';
import { Latch } from '../../src/signal/latch.ts';
import { Once } from '../../src/signal/once.ts';
import { WaitGroup } from '../../src/signal/wait-group.ts';
import { data } from '../support/attach-thread.ts';

/** What a test asks of a thread. */
export type Meeting =
  | { does: 'meet'; barrier: Handle; counts: Int32Array; rounds: number; blocking: boolean }
  | { does: 'come and freeze'; barrier: Handle; never: Int32Array }
  | { does: 'count down'; started: Handle; latch: Handle; group: Handle; rounds: number; blocking: boolean }
  | { does: 'run once'; onces: Handle[]; counts: Int32Array; blocking: boolean }
  | { does: 'freeze in once'; once: Handle; never: Int32Array };

const meeting = data as Meeting;
const post = (message: unknown): void => parentPort?.postMessage(message);

switch (meeting.does) {
  case 'meet': {
    const barrier = Barrier.from(meeting.barrier);
    let [leads, violations] = [0, 0];
    for (let round = 1; round <= meeting.rounds; round++) {
      Atomics.add(meeting.counts, 0, 1);
      const { isLeader } = meeting.blocking ? barrier.waitSync() : await barrier.wait();
      if (isLeader) leads++;
      const total = Atomics.load(meeting.counts, 0);
      // All have counted this round, and none more than the next.
      if (total < round * barrier.parties || total > (round + 1) * barrier.parties) violations++;
    }
    post({ leads, violations });
    break;
  }
  case 'come and freeze': {
    void Barrier.from(meeting.barrier).wait();
    post('came');
    // From now on it answers no ring.
    Atomics.wait(meeting.never, 0, 0);
    break;
  }
  case 'count down': {
    const [latch, group] = [Latch.from(meeting.latch), WaitGroup.from(meeting.group)];
    const started = Latch.from(meeting.started);
    started.countDown();
    if (meeting.blocking) started.waitSync();
    else await started.wait();
    for (let round = 0; round < meeting.rounds; round++) {
      group.add();
      latch.countDown();
      group.done();
    }
    if (meeting.blocking) latch.waitSync();
    else await latch.wait();
    post('open');
    break;
  }
  case 'run once': {
    let mine = 0;
    for (const [index, handle] of meeting.onces.entries()) {
      const once = Once.from(handle);
      const fn = (): void => void Atomics.add(meeting.counts, index, 1);
      if (meeting.blocking ? once.runSync(fn) : await once.run(fn)) mine++;
    }
    post({ mine });
    break;
  }
  case 'freeze in once': {
    Once.from(meeting.once).runSync(() => {
      post('begun');
      Atomics.wait(meeting.never, 0, 0);
    });
    break;
  }
}
