/** Learns its spawner's clock, then plays stamps back and forth and reports how far the two are apart at worst. */
import { parentPort } from 'node:worker_threads';
import type { Handle } from '../../src/memory/shared-object.ts';
import { adoptClock, clockBound, now } from '../../src/pacing/clock.ts';
import { runtime } from '../../src/runtime.ts';
import { AutoResetEvent } from '../../src/signal/auto-reset-event.ts';
import { data } from '../support/attach-thread.ts';

const given = data as { words: Int32Array; stamps: Float64Array; ping: Handle; pong: Handle; rounds: number };
const ping = AutoResetEvent.from(given.ping);
const pong = AutoResetEvent.from(given.pong);

// Only the spawner's event loop can answer; it spins for this thread once it has woken it.
let attempts = 0;
let adopted = runtime().sharedClockOrigin;
while (!adopted) {
  attempts++;
  parentPort?.postMessage('ask');
  ping.waitSync();
  adopted = adoptClock(given.words);
}
parentPort?.postMessage('adopted');

let worst = Infinity;
for (let round = 0; round < given.rounds; round++) {
  ping.waitSync();
  worst = Math.min(worst, now() - (given.stamps[0] ?? 0));
  given.stamps[1] = now();
  pong.set();
}
parentPort?.postMessage({ attempts, bound: clockBound(), worst });
