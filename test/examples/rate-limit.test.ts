import { expect, test } from 'vitest';
import { after, before, beforeWithTokens } from '../../examples/before-after/rate-limit.mjs';

test('a RateLimiter is refused nothing, as loops of sleeps are, and looks once for each request', async () => {
  const slept = await before();
  const polled = await beforeWithTokens();
  const limited = await after();
  expect([slept.refused, polled.refused, limited.refused]).toEqual([0, 0, 0]);
  expect(limited.looks).toBeLessThan(polled.looks);
  for (const [how, { milliseconds, looks }] of Object.entries({ slept, polled, limited })) {
    console.log(`8 requests, ${how}: ${milliseconds.toFixed(0)} ms, ${looks} looks`);
  }
});
