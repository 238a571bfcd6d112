import { describe, expect, test } from 'vitest';
import { TaskCancelledError } from '../../src/errors.ts';
import { startProcess } from '../../src/process.ts';
import { activities } from '../../src/signal/activities.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { failureOf, HOLD, isRunning, numbersAfter, program, shell, statesOf, STUBBORN } from './_shell.ts';

const on = { ready: { line: /^on$/ } };
/** For a shell with traps to wait for: by the time that it speaks, it has lost those of the shell. */
const CHILD = `(echo on; ${HOLD})`;
/** A process, its child and its grandchild, none of which ends when it is asked; says their numbers. */
const FAMILY = `trap '' TERM
echo "member $$"
sh -c 'echo "member $$"; sh -c "echo \\"member \\$\\$\\"; echo on; ${HOLD}" & wait' & wait`;

describe('terminate', () => {
  test('resolves when the process and all that it has started are gone', async () => {
    const child = shell(FAMILY, on);
    await child.ready;
    const members = numbersAfter('member', child.stdout.tail);
    expect(members.map(isRunning)).toEqual([true, true, true]);
    const states = statesOf(child);
    expect(await child.terminate({ grace: 20 })).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(members.map(isRunning)).toEqual([false, false, false]);
    expect(states).toEqual(['stopping', 'exited']);
  });

  test('lets a process end as it wants when it is asked, and brings its last words', async () => {
    const child = shell(`trap 'echo bye; exit 7' TERM; ${CHILD} & wait`, on);
    await child.ready;
    expect(await child.terminate()).toEqual({ code: 7, signal: null, output: 'on\nbye\n' });
    expect(child.stdout.tail).toBe('on\nbye\n');
  });

  test('asks by the signal that is wanted', async () => {
    const child = shell(`trap 'exit 9' INT; ${CHILD} & wait`, { ...on });
    await child.ready;
    // A shell's background process ignores SIGINT.
    expect(await child.terminate({ ask: 'SIGINT', grace: 50 })).toMatchObject({ code: 9 });
    await expect(child.terminate({ ask: 'INT' as never })).rejects.toThrow(/'ask' .*got 'INT'/);
  });

  test('asks by a message, and by a signal what is left after that', async () => {
    const child = program([], { ready: 'ipc' });
    await child.ready;
    child.send('multiply');
    await child.stdout.waitForLine(/^on$/);
    expect(await child.terminate({ ask: { message: 'leave' } })).toEqual({
      code: 5,
      signal: null,
      output: 'on\nasked\n',
    });
  });

  test('asks by a signal where no message gets through any more', async () => {
    const child = program([], { ready: 'ipc' });
    await child.ready;
    child.send('disconnect');
    await new Promise((resolve) => child.addEventListener('disconnect', resolve));
    expect(child.send('anybody?')).toBe(false);
    expect(await child.terminate({ ask: { message: 'leave' } })).toMatchObject({ signal: 'SIGTERM' });
  });

  test('kills exactly when the time to end by itself is over, not before', async () => {
    const child = shell(STUBBORN, on);
    await child.ready;
    using clock = new VirtualClock().install();
    const end = child.terminate({ grace: 2_000 });
    await clock.advance(1_999);
    expect([child.state, isRunning(child.pid ?? 0), clock.pending]).toEqual(['stopping', true, 1]);
    await clock.advance(1);
    expect(await end).toMatchObject({ signal: 'SIGKILL' });
  });

  test('is one end however often it is called, and the shortest time counts', async () => {
    const child = shell(STUBBORN, on);
    await child.ready;
    const ends = [child.terminate({ grace: 60_000 }), child.terminate(), child.terminate({ grace: 0 }), child.exited];
    const exits = await Promise.all(ends);
    expect(new Set(exits).size).toBe(1);
    expect(await child.terminate()).toBe(exits[0]);
    expect(await child.kill()).toBe(exits[0]);
  });

  test('may be waited for with a limit; the end goes on', async () => {
    const child = shell(STUBBORN, on);
    await child.ready;
    await expect(child.terminate({ timeout: 0 })).rejects.toThrow(/Terminating process .* within 0 ms/);
    await expect(child.terminate({ signal: AbortSignal.abort(new Error('no more')) })).rejects.toThrow('no more');
    expect(child.state).toBe('stopping');
    expect(await child.kill()).toMatchObject({ signal: 'SIGKILL' });
  });

  test('of one that is still starting ends it, and says so to who waits for it', async () => {
    const child = shell(HOLD, { ready: 'ipc' });
    const end = child.terminate();
    expect(await failureOf(child.ready)).toBeInstanceOf(TaskCancelledError);
    expect(await end).toMatchObject({ signal: 'SIGTERM' });
    expect(await failureOf(child.ready)).toBeInstanceOf(TaskCancelledError);
  });

  test('of twenty at once leaves none of them', async () => {
    const all = Array.from({ length: 20 }, () => shell(`sh -c '${HOLD}' & echo "child $!"; echo on; wait`, on));
    await Promise.all(all.map((child) => child.ready));
    const pids = all.flatMap((child) => [child.pid ?? 0, ...numbersAfter('child', child.stdout.tail)]);
    expect(pids.filter(isRunning)).toHaveLength(40);
    await Promise.all(all.map((child) => child.terminate()));
    expect(pids.filter(isRunning)).toEqual([]);
    expect(activities().filter(({ kind }) => kind === 'process')).toEqual([]);
  });
});

test('a process is terminated when it is disposed of', async () => {
  const child = startProcess('/bin/sh', ['-c', HOLD]);
  await child.ready;
  const { pid = 0 } = child;
  await child[Symbol.asyncDispose]();
  expect([child.state, isRunning(pid)]).toEqual(['exited', false]);
});

test('what a process leaves behind when it ends by itself is asked to end, and killed if it does not', async () => {
  const asked = shell(`sh -c 'trap "echo asked; exit" TERM; ${CHILD} & wait' & read go; exit 0`, {
    ...on,
    stdio: { stdin: 'pipe' },
  });
  const stubborn = shell(`sh -c 'echo "child $$"; ${STUBBORN.replaceAll("'", '"')}' & read go; exit 3`, {
    ...on,
    stdio: { stdin: 'pipe' },
    grace: 20,
  });
  await Promise.all([asked.ready, stubborn.ready]);
  const [left = 0] = numbersAfter('child', stubborn.stdout.tail);
  expect(isRunning(left)).toBe(true);
  asked.stdin?.end('\n');
  stubborn.stdin?.end('\n');
  expect(await asked.exited).toEqual({ code: 0, signal: null, output: 'on\nasked\n' });
  expect(await stubborn.exited).toMatchObject({ code: 3 });
  expect(isRunning(left)).toBe(false);
});
