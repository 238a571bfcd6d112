import { expect, test } from 'vitest';
import { after, before } from '../../examples/before-after/readiness.mjs';

const forEver = (): Promise<never> => new Promise(() => {});

test('who waits for readiness needs not guess how long a start takes', async () => {
  const quick = (): Promise<void> => Promise.resolve();
  expect(await Promise.all([before(quick), after(quick)])).toEqual(['hello', 'hello']);
});

test('a start that takes longer than was guessed fails the guess, and not who waits', async () => {
  let listens!: () => void;
  const slow = (): Promise<void> => new Promise((resolve) => (listens = resolve));
  await expect(before(slow)).rejects.toThrow('connection refused');
  const waited = after(slow);
  listens();
  expect(await waited).toBe('hello');
});

test('a start that never ends is told by name', async () => {
  await expect(after(forEver, 1)).rejects.toThrow(
    "Cannot start 'server': not ready after 1 ms: its ready signal has not come",
  );
});
