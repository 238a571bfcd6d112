import { expect, test } from 'vitest';
import { after, before } from '../../examples/before-after/test-condition.mjs';

test('a test that waits for the fact passes when a test that sleeps passes, and when that is too early', async () => {
  const ordinary = Promise.all([before(), after()]);
  // Longer than the test that sleeps was written for.
  const late = Promise.all([before(60_000), after(250)]);
  expect((await ordinary).map(({ passed }) => passed)).toEqual([true, true]);
  expect((await late).map(({ passed }) => passed)).toEqual([false, true]);
  const [slept, waited] = (await ordinary).map(({ milliseconds }) => milliseconds.toFixed(0));
  console.log(`sleep(200) and look: ${slept} ms; waitForFile: ${waited} ms`);
});
