import { expect, test } from 'vitest';
import { after, before } from '../../examples/before-after/wait-any.mjs';

test('one wait for the first of several learns what waits in turn learn, and wakes once', async () => {
  for (const news of ['data', 'stopped'] as const) {
    const [inTurn, once] = await Promise.all([before(news), after(news)]);
    expect([inTurn.news, once.news, once.wakeUps]).toEqual([news, news, 1]);
    console.log(
      `${news}: noticed ${inTurn.milliseconds.toFixed(0)} ms late before, ${once.milliseconds.toFixed(1)} ms after`,
    );
  }
});
