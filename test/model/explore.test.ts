/** What the explorer promises of itself. */
import { describe, expect, test } from 'vitest';
import { possibleResults } from './_oracle.ts';
import { explore, type Exploration, type ExploreOptions } from './explore.ts';
import { randomSteps } from './scenarios/random.ts';

function run(name: string, options?: ExploreOptions): Promise<Exploration> {
  return explore(new URL(`./scenarios/mechanics.ts#${name}`, import.meta.url), options);
}

/** The logs that schedules left, without who wrote them. */
function outcomes({ outcomes: seen }: Exploration): unknown[] {
  return [...seen.keys()].map((text) => (JSON.parse(text) as Array<[number, unknown]>).map(([, entry]) => entry));
}

/** What each thread logged, whichever was done first. A thread that may die tells only by what it does to others. */
function byThread({ outcomes: seen }: Exploration, mortal = -1): string[] {
  const logs = [...seen.keys()].map((text) => JSON.parse(text) as Array<[number, unknown]>);
  const sorted = logs.map((log) => log.filter(([thread]) => thread !== mortal).sort(([one], [other]) => one - other));
  return [...new Set(sorted.map((log) => JSON.stringify(log.map(([, entry]) => entry))))].sort();
}

describe('random programs', () => {
  const program = (name: string): URL => new URL(`./scenarios/random.ts#${name}`, import.meta.url);
  const unbounded = { preemptions: 99, timeouts: 99 };

  test.each([1, 2, 3, 4, 5, 6])('leave under all schedules exactly what they can leave (%i)', async (seed) => {
    const result = await explore(program(`seed${seed}`), unbounded);
    expect(byThread(result)).toEqual([...possibleResults(randomSteps(seed))].sort());
  });

  const some: Array<[string, number?, ExploreOptions?]> = [
    ['seed1'],
    ['seed2'],
    ['mortal7', 0],
    ['mortal8', 1],
    ['mortal9', 0],
    ['mortal8', 1, { together: true }],
    ['mortal9', 0, { together: true }],
  ];

  test.each(some)('hide no outcome in what is left out (%s, %i, %o)', async (name, mortal, options = {}) => {
    const reduced = await explore(program(name), options);
    const full = await explore(program(name), { ...options, reduce: false });
    expect(reduced.schedules).toBeLessThanOrEqual(full.schedules);
    expect(byThread(reduced, mortal)).toEqual(byThread(full, mortal));
  });
});

describe('schedules', () => {
  test.each([
    [0, 2],
    [1, 4],
    [2, 6],
    [3, 6],
  ])('two threads of two operations have, with %i preemptions, %i interleavings', async (preemptions, count) => {
    const result = await run('twoByTwo', { preemptions });
    expect(result).toMatchObject({ schedules: count, exhausted: true });
    expect(result.outcomes.size).toBe(count);
  });

  test('operations on words that one thread uses, or that nobody writes, are no scheduling points', async () => {
    expect(await run('mostlyOwn')).toMatchObject({ schedules: 2, exhausted: true });
  });

  test('a search stops where it is told to', async () => {
    expect(await run('twoByTwo', { maxSchedules: 3 })).toMatchObject({ schedules: 3, exhausted: false });
  });

  test('a spin loop that pauses lets the others go on', async () => {
    expect(await run('spin')).toMatchObject({ exhausted: true });
  });

  test('a spin loop that nobody ends is a livelock', async () => {
    expect((await run('endlessSpin', { maxSteps: 200 })).failure?.kind).toBe('livelock');
  });

  test('words of 64 bits can be waited on', async () => {
    expect(await run('wideWords')).toMatchObject({ exhausted: true });
  });
});

describe('what is left out', () => {
  test('is what follows a state that another schedule has led to', async () => {
    const { schedules, exhausted } = await run('twoPairs', { preemptions: 1 });
    expect(exhausted).toBe(true);
    // 312 if each is gone on from.
    expect(schedules).toBeLessThan(200);
  });

  test('is what follows deaths that leave the same', async () => {
    const result = await run('idleDeath', { preemptions: 1 });
    expect(outcomes(result)).toHaveLength(3);
    expect(outcomes(result)).toEqual(expect.arrayContaining([[[0, 0]], [[0, 1]], [[null, 1]]]));
    // 368 if each is gone on from.
    expect(result.schedules).toBeLessThan(200);
  });

  test('depends on what threads have read of plain data, behind a lock that is free again', async () => {
    const result = await run('behindLock');
    expect(result.exhausted).toBe(true);
    expect(outcomes(result).flat().sort()).toEqual([0, 1, 2]);
  });
});

describe('time', () => {
  const waits = ['waitOrTimeOut', 'waitAsyncOrTimeOut'];

  test.each(waits)('a wait may be notified, come too late or time out (%s)', async (name) => {
    const result = await run(name);
    expect(result.exhausted).toBe(true);
    expect(outcomes(result)).toHaveLength(3);
    expect(outcomes(result)).toEqual(expect.arrayContaining([['ok'], ['not-equal'], ['timed-out']]));
  });

  test('passes when nothing else can happen, and only then if no timeouts are allowed', async () => {
    expect(outcomes(await run('onlyTimeHelps', { timeouts: 0 }))).toEqual([['timed-out', [50, 50, 50]]]);
    expect(outcomes(await run('waitOrTimeOut', { timeouts: 0 }))).not.toContainEqual(['timed-out']);
  });

  test('timers fire in the order in which they are due', async () => {
    expect(outcomes(await run('timers'))).toEqual([
      [
        ['early', 50],
        ['late', 100],
      ],
    ]);
  });
});

describe('deaths', () => {
  test('come before any operation or after the last; what the thread would still do is left undone', async () => {
    const result = await run('death');
    expect(result.exhausted).toBe(true);
    const seen = outcomes(result).flat();
    expect(seen).toHaveLength(5);
    expect(seen).toEqual(
      expect.arrayContaining([
        [0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0],
        [0, 1, 1, 0, 1],
        [0, 1, 1, 1, 1],
        [null, 1, 1, 1, 1],
      ]),
    );
  });

  test('leave the check to find out what is wrong', async () => {
    expect((await run('checkAfterDeath')).failure?.trace).toMatch(/dies/);
  });

  test('that can no longer come are no end: what threads do then is interleaved as well', async () => {
    expect((await run('nobodyDies')).outcomes.size).toBe(6);
  });

  test('take the thread out of the lists of waiters', async () => {
    const { failure } = await run('deadWaiter');
    // Without a death nobody notifies; with one, the survivor is woken.
    expect(failure?.kind).toBe('deadlock');
    expect(failure?.trace).not.toMatch(/dies/);
  });
});

describe('deaths and cancels together with preemptions', () => {
  test('cost one, unless nobody could go on', async () => {
    const free = await run('death', { preemptions: 0 });
    const costly = await run('death', { preemptions: 0, together: true });
    const afforded = await run('death', { preemptions: 1, together: true });
    expect(outcomes(costly)).toHaveLength(2);
    expect(outcomes(costly).flat()).toEqual(
      expect.arrayContaining([
        [null, 1, 1, 1, 1],
        [0, 1, 1, 1, 1],
      ]),
    );
    expect(outcomes(afforded)).toEqual(expect.arrayContaining(outcomes(free)));
  });
});

describe('cancels', () => {
  test('come before the start, while it waits, or not at all', async () => {
    const result = await run('cancel');
    expect(result.exhausted).toBe(true);
    expect(outcomes(result)).toEqual(
      expect.arrayContaining([['cancelled before it began'], ['cancelled'], ['ok'], ['not-equal']]),
    );
  });

  test('do not hide a deadlock, unless the scenario counts on them', async () => {
    expect(await run('onlyCancelHelps', { cancels: 1 })).toMatchObject({ exhausted: true });
    expect((await run('onlyCancelHelps')).failure?.kind).toBe('deadlock');
  });
});

describe('scenarios that cannot be explored', () => {
  test('one that does not repeat is refused', async () => {
    await expect(run('unrepeatable')).rejects.toThrow(/took another course/);
  });

  test('a body that returns before it is done is refused', async () => {
    expect((await run('unfinished')).failure?.message).toMatch(/make it async/);
  });

  test('a module without such an export is refused', async () => {
    await expect(run('missing')).rejects.toThrow(/exports no 'missing'/);
  });
});
