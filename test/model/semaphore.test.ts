import { afterAll, expect, test } from 'vitest';
import { closeThreads, explore, type ExploreOptions } from './explore.ts';

afterAll(closeThreads);

const cases: ReadonlyArray<[promise: string, scenario: string, options?: ExploreOptions]> = [
  ['one permit lets one thread in, and everyone gets it in the end', 'blocking'],
  ['a cancelled wait takes no permit and no wake-up with it', 'cancelled', { preemptions: 1 }],
  ['a thread that dies takes no wake-up with it', 'abandoned', { preemptions: 1 }],
];

test.each(cases)('%s', async (_promise, scenario, options) => {
  const url = new URL(`./scenarios/semaphore.ts#${scenario}`, import.meta.url);
  const { failure, exhausted } = await explore(url, options);
  expect(failure?.trace).toBeUndefined();
  expect(exhausted).toBe(true);
});
