import { expect, test } from 'vitest';
import { after, before } from '../../examples/before-after/test-condition.mjs';

test('a test that waits for the fact passes when a test that sleeps passes, and when that is too early', async () => {
  // The second pair takes longer than the test that sleeps was written for.
  const ordinary = Promise.all([before(), after()]);
  const late = Promise.all([before(400), after(400)]);
  expect((await ordinary).map(({ passed }) => passed)).toEqual([true, true]);
  expect((await late).map(({ passed }) => passed)).toEqual([false, true]);
  const [slept, waited] = (await ordinary).map(({ milliseconds }) => milliseconds.toFixed(0));
  console.log(`sleep(200) and look: ${slept} ms; waitForFile: ${waited} ms`);
});
