/** Polls twice and then sleeps, with nothing else to do: what it still does tells what keeps the process alive. */
import process from 'node:process';
import { Poller } from '../../src/pacing/poller.ts';
import { sleep } from '../../src/pacing/sleep.ts';
import '../support/install-runtime.ts';

const ref = process.argv[2] !== 'unref';
// On a slow machine, 20 ms might be over before the process can end.
const delay = ref ? 20 : 3_600_000;
const poller = new Poller(
  (_, { run }) => {
    console.log(`run ${run}`);
    if (run < 2) return;
    void poller.stop();
    void sleep(delay, { ref }).then(() => console.log('awake'));
  },
  { interval: delay, ref },
);
poller.start();
console.log('polling');
