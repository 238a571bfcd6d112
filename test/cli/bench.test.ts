import { expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { ioWith, KeptOutput } from './_terminal.ts';

const engine = {
  createPool(): never {
    throw new Error('The benchmark needs no pool');
  },
};

test('reveille bench says what to do where the benchmark is not installed', async () => {
  const stderr = new KeptOutput();
  const code = await main(['bench'], ioWith(new KeptOutput(), stderr, new URL('file:///nowhere/')), engine);
  expect(stderr.take()).toMatch(/clone the repository of Reveille and run `npm ci && npm run bench` there/);
  expect(code).toBe(2);
});
