/** The explorer as its users have it: built, and on every runtime. What it finds is tested in `test/model`. */
import { closeExplorer, expectHolds, explore, type ExploreOptions } from 'reveille/testing';
import { afterAll, describe, expect, test } from 'vitest';

afterAll(closeExplorer);

const lock = (name: string): URL => new URL(`../../examples/explore/ticket-lock.mjs#${name}`, import.meta.url);

describe('explore', () => {
  test('finds a lost wake-up, and the schedule that shows it can be run again', async () => {
    const { failure, exhausted } = await explore(lock('broken'));
    expect(failure?.kind).toBe('deadlock');
    expect(failure?.trace).toMatch(/wait called for 1: blocks +ticket-lock\.mjs:\d+\n +deadlock/);
    expect(exhausted).toBe(false);
    const again = await explore(lock('broken'), { replay: failure?.schedule ?? '' });
    expect(again).toMatchObject({ schedules: 1, failure });
  });

  test('takes an address as text', async () => {
    expect(await explore(lock('repaired').href)).toMatchObject({ exhausted: true });
  });

  test('ends when its signal fires or its time is over', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(explore(lock('repaired'), { signal })).rejects.toThrow('enough');
    await expect(explore(lock('repaired'), { timeout: 0, preemptions: 9 })).rejects.toThrow(
      /explore did not succeed within 0 ms/,
    );
  });

  test.each([
    [{ preemptions: -1 }, /'preemptions' to be a whole number from 0, got -1/],
    [{ maxSteps: '9' }, /'maxSteps' to be a number, got '9'/],
    [{ reduce: 1 }, /'reduce' to be a boolean/],
    [{ replay: 'x' }, /'replay' to be the 'schedule' of a failure/],
  ])('refuses the options %o', async (options, message) => {
    await expect(explore(lock('repaired'), options as ExploreOptions)).rejects.toThrow(message);
  });

  test('refuses what is no address', async () => {
    await expect(explore('./lock.mjs#broken')).rejects.toThrow(/pass new URL\(/);
    await expect(explore(new URL('./no-such-module.mjs', import.meta.url))).rejects.toThrow(/no-such-module/);
  });
});

describe('expectHolds', () => {
  test('resolves to what was explored if every schedule ends well', async () => {
    expect(await expectHolds(lock('repaired'), { preemptions: 1 })).toMatchObject({ exhausted: true });
  });

  test('rejects with the trace of the schedule that does not, and how to run it again', async () => {
    await expect(expectHolds(lock('broken'))).rejects.toThrow(
      /thread 1 {2}wait called for 1: blocks[^]*schedule: [\d ]+ \|/,
    );
  });

  test('rejects if not every schedule was run', async () => {
    await expect(expectHolds(lock('repaired'), { maxSchedules: 3 })).rejects.toThrow(/stopped after 3/);
  });
});
