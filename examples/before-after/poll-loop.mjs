// A service that refreshes its prices every so often, is asked for fresh ones in between, and is then stopped. The
// interval stands for a minute.
//
//   before   while (running) { work(); sleep(60_000); }: whoever wants something waits until it has slept
//   after    a Poller: `trigger` and `stop` end its wait
import { setTimeout as sleep } from 'node:timers/promises';
import { Poller } from 'reveille';

const INTERVAL_MS = 60;

/** @returns {Promise<{ runs: number, milliseconds: number }>} */
export async function before() {
  let runs = 0;
  let running = true;
  const loop = (async () => {
    while (running) {
      runs++;
      await sleep(INTERVAL_MS);
    }
  })();
  const began = performance.now();
  // Fresh prices: there is nobody to ask, so it waits for the next run.
  while (runs < 2) await sleep(5);
  running = false;
  await loop;
  return { runs, milliseconds: performance.now() - began };
}

/** @returns {Promise<{ runs: number, milliseconds: number }>} */
export async function after() {
  let runs = 0;
  const poller = new Poller(() => ++runs, { interval: INTERVAL_MS }).start();
  // Also the first run counts as one that starts after the call.
  await poller.trigger();
  const began = performance.now();
  await poller.trigger();
  await poller.stop();
  return { runs, milliseconds: performance.now() - began };
}
