import { expect, test } from 'vitest';
import { after, before } from '../../examples/before-after/shutdown.mjs';

test('an ordered stop loses nothing and names what hangs, where stopping all at once loses something', async () => {
  const [paused, ordered] = await Promise.all([before(100), after()]);
  expect(paused.stored.length).toBeLessThan(3);
  expect(ordered).toEqual({ stored: ['first', 'second', 'third'], hung: ['metrics'] });
});
