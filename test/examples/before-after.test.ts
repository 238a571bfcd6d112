import { expect, test } from 'vitest';
import * as blockingSleep from '../../examples/before-after/blocking-sleep.mjs';
import * as chunkedTimeout from '../../examples/before-after/chunked-timeout.mjs';
import * as pollLoop from '../../examples/before-after/poll-loop.mjs';
import * as retryLoop from '../../examples/before-after/retry-loop.mjs';

test('a Poller makes the runs of a loop that sleeps, without its waits', async () => {
  const [slept, polled] = await Promise.all([pollLoop.before(), pollLoop.after()]);
  expect([slept.runs, polled.runs]).toEqual([2, 2]);
  report('fresh prices, then stop', slept.milliseconds, polled.milliseconds);
});

test('retry gets the answer that a loop of sleeps gets, and gives up when its caller does', async () => {
  const [slept, retried] = await Promise.all([retryLoop.before(), retryLoop.after()]);
  expect([slept, retried]).toMatchObject([
    { answer: 'here', calls: 3 },
    { answer: 'here', calls: 3 },
  ]);
  report('a caller who gives up after 10 ms', slept.gaveUpAfter, retried.gaveUpAfter);
});

test('one wait ends as many short ones do, whether it is cancelled or times out', async () => {
  for (const cancel of [false, true]) {
    const [chunked, once] = await Promise.all([chunkedTimeout.before({ cancel }), chunkedTimeout.after({ cancel })]);
    const ended = cancel ? 'cancelled' : 'timed out';
    expect([chunked.ended, once.ended, once.wakeUps]).toEqual([ended, ended, 1]);
    expect(chunked.wakeUps).toBeGreaterThanOrEqual(1);
    report(ended, chunked.milliseconds, once.milliseconds);
  }
});

test('sleepSync refuses to stop an event loop, and names what lets it go on', async () => {
  expect(await blockingSleep.before()).toEqual({ refusal: undefined, heartbeats: 0 });
  const { refusal, heartbeats } = await blockingSleep.after();
  expect(refusal).toMatchObject({ code: 'ERR_WOULD_BLOCK', message: expect.stringContaining('await sleep instead') });
  expect(heartbeats).toBeGreaterThan(0);
});

function report(what: string, before: number, after: number): void {
  console.log(`${what}: ${before.toFixed(0)} ms before, ${after.toFixed(0)} ms after`);
}
