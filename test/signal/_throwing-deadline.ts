/** A callback of a deadline throws: it is reported as uncaught, and the others are called. */
import process from 'node:process';
import { deadlines } from '../../src/signal/deadlines.ts';
import { testRuntime } from '../support/install-runtime.ts';

process.on('uncaughtException', (error) => console.log(`uncaught: ${error.message}`));
const keep = testRuntime.keepAlive();
keep.hold();
const at = testRuntime.now() + 5;
deadlines().add(at, () => {
  throw new Error('of the first');
});
deadlines().add(at, () => {
  console.log('second called');
  testRuntime.defer(() => keep.release());
});
