/**
 * Waits for an event that only a timer sets which does not keep the process alive: so whether the wait ends or the
 * process does tells whether the wait keeps it alive.
 */
import process from 'node:process';
import { ManualResetEvent } from '../../src/signal/manual-reset-event.ts';
import { testRuntime } from '../support/install-runtime.ts';

const [how] = process.argv.slice(2);
const event = new ManualResetEvent();
const settled = (outcome: string) => (): void => console.log(outcome);
if (how === 'timeout') event.wait({ timeout: 50 }).then(settled('set'), settled('timed out'));
else {
  event.wait({ ref: how !== 'unref' }).then(settled('set'), settled('failed'));
  testRuntime.setTimer(() => event.set(), 50);
}
console.log('waiting');
