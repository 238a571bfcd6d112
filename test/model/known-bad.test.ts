/** The explorer must find the bug in each known-bad version, and nothing in its repaired twin. */
import { afterAll, describe, expect, test } from 'vitest';
import { PREEMPTIONS } from '../support/scale.ts';
import { closeThreads, explore } from './explore.ts';

afterAll(closeThreads);

interface Case {
  readonly what: string;
  readonly file: string;
  readonly kind: 'deadlock' | 'error';
  /** A step that the trace of the bug must show. */
  readonly shows: RegExp;
  /** The versions that have the bug, and the fewest preemptions that show it if it takes more than one. */
  readonly broken?: ReadonlyArray<readonly [name: string, least?: number]>;
}

const cases: readonly Case[] = [
  {
    what: 'a condition whose signal does not change the word',
    file: 'condition',
    kind: 'deadlock',
    shows: /notify signal \(1\): woke 0/,
  },
  {
    what: 'a semaphore that wakes a waiter for two while a waiter for one sleeps',
    file: 'semaphore',
    kind: 'deadlock',
    shows: /wait permits for 1: blocks/,
  },
  {
    what: 'an abandoned async waiter that eats a notify',
    file: 'abandoned-waiter',
    kind: 'deadlock',
    shows: /the signal fires/,
  },
  {
    what: 'an event that checks, then waits, and does not check again',
    file: 'event',
    kind: 'deadlock',
    shows: /wait bell for 1: blocks/,
  },
  {
    what: 'a mutex whose owner dies',
    file: 'dead-owner',
    kind: 'deadlock',
    shows: /thread 0 {2}dies/,
    broken: [['broken'], ['halfRepaired']],
  },
  {
    what: 'a queue that publishes a cell before its payload',
    file: 'bounded-queue',
    kind: 'error',
    shows: /load payload\d = 0/,
  },
  {
    what: 'a claim that looks, then takes',
    file: 'claim',
    kind: 'error',
    shows: /store state \(1\): 1 -> 1/,
  },
  {
    what: 'a doorbell that is rung for something else while its owner reads it',
    file: 'doorbell',
    kind: 'deadlock',
    shows: /load waiting of 0 = 0/,
  },
  {
    what: 'a queue whose reader dies between passing an entry and claiming its task',
    file: 'task-queue',
    kind: 'error',
    shows: /1 tasks are gone/,
  },
  {
    what: 'a barrier that a party leaves after it looked whether all have met',
    file: 'barrier',
    kind: 'error',
    shows: /sub state \(1\)/,
  },
  {
    what: 'a worker that is woken before it can be rung',
    file: 'idle-threads',
    kind: 'deadlock',
    shows: /wait bell of \d for 0: blocks/,
    broken: [['broken', 2], ['brokenLook']],
  },
  {
    what: 'a reader that looks for a writer, and then says that it reads',
    file: 'read-write-lock',
    kind: 'error',
    shows: /or readers \(1\): 0 -> 1/,
    broken: [['broken', 2]],
  },
];

describe.each(cases)('$what', ({ file, kind, shows, broken = [['broken']] }) => {
  const variant = (name: string): URL => new URL(`./scenarios/known-bad/${file}.ts#${name}`, import.meta.url);

  const versions = broken.map(([name, least = 1]) => [name, least] as const);

  test.each(versions)('the bug is found, with the schedule that shows it (%s)', async (name, least) => {
    const { failure, exhausted } = await explore(variant(name), { preemptions: Math.max(least, PREEMPTIONS) });
    expect(failure?.kind).toBe(kind);
    expect(failure?.trace).toMatch(shows);
    expect(exhausted).toBe(false);
  });

  test('the repaired version holds under every schedule', async () => {
    const { failure, exhausted } = await explore(variant('repaired'), { preemptions: PREEMPTIONS });
    expect(failure?.trace).toBeUndefined();
    expect(exhausted).toBe(true);
  });
});

test.each([
  ['broken', 'error', /claimed that was idle or reserved/],
  ['brokenBaton', 'deadlock', /store stop of worker 0/],
] as const)('a worker of a pool that breaks the protocol is caught (%s)', async (name, kind, shows) => {
  const scenario = new URL(`./scenarios/known-bad/pool.ts#${name}`, import.meta.url);
  const { failure } = await explore(scenario, { preemptions: PREEMPTIONS });
  expect(failure?.kind).toBe(kind);
  expect(failure?.trace).toMatch(shows);
});

test('a failing schedule can be run again', async () => {
  const scenario = new URL('./scenarios/known-bad/dead-owner.ts#halfRepaired', import.meta.url);
  const { failure } = await explore(scenario);
  const again = await explore(scenario, { replay: failure?.schedule ?? '' });
  expect(again.schedules).toBe(1);
  expect(again.failure).toEqual(failure);
});
