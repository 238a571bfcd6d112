import { describe, expect, test } from 'vitest';
import { TaskGroup } from '../../src/lifecycle/task-group.ts';
import { deadlines } from '../../src/signal/deadlines.ts';
import { microtasks, observe } from '../signal/_settled.ts';
import { withFakeTime } from '../signal/_with-fake-time.ts';
import '../support/install-runtime.ts';

/** Ends when its signal fires, as a good task does. */
const obedient = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
const deaf = (): Promise<never> => new Promise(() => {});
interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}
function gate(): Gate {
  let open!: () => void;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}

describe('TaskGroup', () => {
  test('gives each task its result, and joins when all have ended', async () => {
    const group = new TaskGroup();
    const [first, second] = [gate(), gate()];
    const one = group.spawn('one', () => first.passed.then(() => 1));
    const two = group.spawn('two', () => second.passed.then(() => 2));
    const joined = observe(group.join());
    first.open();
    expect(await one).toBe(1);
    expect([group.size, joined.state]).toEqual([1, 'pending']);
    second.open();
    expect(await two).toBe(2);
    await microtasks();
    expect([group.size, joined.state]).toEqual([0, 'fulfilled']);
  });

  test('cancels the others when one fails, and joins with its error once they have stopped', async () => {
    const group = new TaskGroup({ name: 'crawl' });
    const cleaned = gate();
    const failure = new Error('no such host');
    const other = group.spawn('other', async (signal) => {
      await obedient(signal).catch(() => cleaned.passed);
      throw signal.reason as Error;
    });
    void group.spawn('bad', () => {
      throw failure;
    });
    const joined = observe(group.join());
    await microtasks();
    expect(joined.state).toBe('pending');
    expect(group.signal.reason).toMatchObject({ name: 'AbortError', cause: failure });
    expect(String(group.signal.reason)).toContain("'crawl' was cancelled: its task 'bad' failed");
    cleaned.open();
    await expect(other).rejects.toBe(group.signal.reason);
    await microtasks();
    expect(joined).toEqual({ state: 'rejected', error: failure });
    expect(group.errors).toEqual([failure]);
  });

  test('with collect lets all run to their end, and joins with all errors', async () => {
    const group = new TaskGroup({ name: 'all', onFailure: 'collect' });
    const hold = gate();
    const errors = [new Error('first'), new Error('second')];
    for (const error of errors) void group.spawn('bad', () => Promise.reject(error));
    const good = group.spawn('good', () => hold.passed.then(() => 'done'));
    await microtasks();
    expect(group.signal.aborted).toBe(false);
    hold.open();
    expect(await good).toBe('done');
    await expect(group.join()).rejects.toMatchObject({
      name: 'AggregateError',
      errors,
      message: "2 of the 3 tasks of group 'all' failed",
    });
  });

  test('a cancel reaches every task, and join tells why', async () => {
    const group = new TaskGroup();
    const tasks = [1, 2, 3].map((n) => group.spawn(`task ${n}`, obedient));
    const reason = new Error('enough');
    group.cancel(reason);
    group.cancel(new Error('too late'));
    for (const task of tasks) await expect(task).rejects.toBe(reason);
    await expect(group.join()).rejects.toBe(reason);
    expect(() => group.spawn('late', obedient)).toThrow(/closed/);
  });

  test('refuses tasks after it was cancelled, for the same reason', () => {
    const group = new TaskGroup();
    const reason = new Error('enough');
    group.cancel(reason);
    expect(() => group.spawn('late', obedient)).toThrow(reason);
  });

  test('a signal cancels it, and it leaves nothing on that signal', async () => {
    const controller = new AbortController();
    const listeners = countListeners(controller.signal);
    const group = new TaskGroup({ signal: controller.signal });
    await group.join();
    expect(listeners()).toBe(0);
    const other = new TaskGroup({ signal: controller.signal });
    const task = other.spawn('task', obedient);
    const reason = new Error('closed');
    controller.abort(reason);
    await expect(task).rejects.toBe(reason);
    expect(listeners()).toBe(0);
    const late = new TaskGroup({ signal: controller.signal });
    expect(() => late.spawn('late', obedient)).toThrow(reason);
  });

  test('its timeout cancels it, exactly then', async () => {
    await withFakeTime(async (time) => {
      const group = new TaskGroup({ name: 'load', timeout: 250 });
      const joined = observe(group.join());
      expect(time.pendingTimers).toBe(0);
      const slow = new TaskGroup({ name: 'load', timeout: 250 });
      void slow.spawn('slow', obedient);
      const late = observe(slow.join());
      time.advanceTo(249);
      await microtasks();
      expect([joined.state, late.state]).toEqual(['fulfilled', 'pending']);
      time.advanceTo(250);
      await microtasks();
      expect(late).toMatchObject({ state: 'rejected', error: { code: 'ERR_DEADLINE_EXCEEDED' } });
      expect(time.pendingTimers).toBe(0);
    });
  });

  test('a join that is given up leaves the group as it is', async () => {
    const group = new TaskGroup();
    const hold = gate();
    const task = group.spawn('task', () => hold.passed);
    await expect(group.join({ timeout: 0 })).rejects.toMatchObject({ name: 'TimeoutError' });
    const reason = new Error('no patience');
    await expect(group.join({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(group.signal.aborted).toBe(false);
    const more = group.spawn('more', () => 'still open');
    hold.open();
    expect(await more).toBe('still open');
    await task;
    await group.join();
  });

  test('a task may start others, which are joined as well', async () => {
    const group = new TaskGroup();
    const done: string[] = [];
    void group.spawn('outer', async () => {
      await microtasks();
      void group.spawn('inner', async () => {
        await microtasks();
        done.push('inner');
      });
      done.push('outer');
    });
    await group.join();
    expect(done).toEqual(['outer', 'inner']);
    expect(() => group.spawn('late', obedient)).toThrow(/Cannot start 'late': task group 'tasks' is closed/);
  });

  test('a task cannot join its own group', async () => {
    const group = new TaskGroup({ name: 'self' });
    const task = group.spawn('me', async () => {
      await microtasks();
      await group.join();
    });
    await expect(task).rejects.toMatchObject({ code: 'ERR_DEADLOCK' });
    await expect(task).rejects.toThrow(/'self' in its task 'me'/);
  });

  test('what a task leaves on its signal goes with the task', async () => {
    const group = new TaskGroup();
    const listeners = countListeners(group.signal);
    const signals = new Set<AbortSignal>([group.signal]);
    for (let i = 0; i < 10; i++) {
      await group.spawn('short', (signal) => {
        signal.addEventListener('abort', () => {});
        signals.add(signal);
      });
      expect(group.size).toBe(0);
    }
    expect([signals.size, listeners()]).toEqual([11, 0]);
    await group.join();
  });

  test('refuses wrong options, naming them', () => {
    expect(() => new TaskGroup({ onFailure: 'ignore' as never })).toThrow(
      /'onFailure' to be 'cancel' or 'collect', got 'ignore'/,
    );
    expect(() => new TaskGroup({ name: 5 as never })).toThrow(/'name' to be a string/);
    expect(() => new TaskGroup({ timeout: -1 })).toThrow(RangeError);
    expect(() => new TaskGroup({ signal: {} as never })).toThrow(/'signal'/);
    const group = new TaskGroup();
    expect(() => group.spawn(1 as never, obedient)).toThrow(/'name'/);
    expect(() => group.spawn('x', undefined as never)).toThrow(/'fn' to be a function/);
  });
});

describe('TaskGroup.shutdown', () => {
  test('of 200 tasks, 20 of which ignore it, ends exactly at its timeout and names the 20', async () => {
    await withFakeTime(async (time) => {
      const group = new TaskGroup({ name: 'jobs' });
      const names = Array.from({ length: 200 }, (_, i) => `job ${i}`);
      for (const [i, name] of names.entries()) void group.spawn(name, i % 10 === 7 ? deaf : obedient);
      time.advanceTo(1_000);
      const shutdown = observe(group.shutdown({ timeout: 200 }));
      await microtasks();
      expect([group.size, deadlines().size, time.pendingTimers]).toEqual([20, 1, 1]);
      time.advanceTo(1_199);
      await microtasks();
      expect(shutdown.state).toBe('pending');
      time.advanceTo(1_200);
      await microtasks();
      expect(shutdown.value).toMatchObject({ name: 'jobs', ms: 200, completed: 0, failed: 0, cancelled: 180 });
      expect(shutdown.value?.hung).toEqual(
        names.filter((_, i) => i % 10 === 7).map((name) => ({ name, runningFor: 1_200 })),
      );
      expect(time.pendingTimers).toBe(0);
    });
  });

  test('does not wait once all have ended, and counts how', async () => {
    await withFakeTime(async (time) => {
      const group = new TaskGroup({ onFailure: 'collect' });
      const failure = new Error('bad');
      await group.spawn('good', () => 1);
      void group.spawn('bad', () => Promise.reject(failure));
      void group.spawn('told', obedient);
      await microtasks();
      expect(await group.shutdown()).toEqual({
        name: 'tasks',
        ms: 0,
        completed: 1,
        failed: 1,
        cancelled: 1,
        errors: [failure],
        hung: [],
      });
      expect(time.pendingTimers).toBe(0);
    });
  });

  test('called by a task of the group does not wait for that task', async () => {
    const group = new TaskGroup();
    void group.spawn('other', obedient);
    const report = await group.spawn('boss', async () => {
      await microtasks();
      return await group.shutdown({ timeout: 60_000 });
    });
    expect(report).toMatchObject({ cancelled: 1, hung: [] });
  });

  test('may be called again, for those that did not stop', async () => {
    const group = new TaskGroup();
    const hold = gate();
    void group.spawn('stubborn', () => hold.passed);
    expect((await group.shutdown({ timeout: 0 })).hung).toMatchObject([{ name: 'stubborn' }]);
    const again = group.shutdown();
    hold.open();
    expect(await again).toMatchObject({ completed: 1, hung: [] });
    await expect(group.shutdown({ timeout: Number.NaN })).rejects.toThrow(RangeError);
  });

  test('disposing cancels what runs, and throws what nobody was told', async () => {
    const group = new TaskGroup();
    const failure = new Error('unseen');
    const task = group.spawn('task', obedient);
    await group[Symbol.asyncDispose]();
    await expect(task).rejects.toMatchObject({ name: 'AbortError' });
    const failed = new TaskGroup();
    void failed.spawn('bad', () => Promise.reject(failure));
    await microtasks();
    await expect(failed[Symbol.asyncDispose]()).rejects.toBe(failure);
    await failed[Symbol.asyncDispose]();
  });

  test('disposing names what does not stop', async () => {
    await withFakeTime(async (time) => {
      const group = new TaskGroup({ name: 'jobs' });
      void group.spawn('stubborn', deaf);
      const disposed = observe(group[Symbol.asyncDispose]());
      await microtasks();
      time.advanceTo(5_000);
      await microtasks();
      expect(disposed).toMatchObject({ state: 'rejected', error: { code: 'ERR_LIFECYCLE' } });
      expect(String(disposed.error)).toContain("'jobs' has tasks that do not stop: 'stubborn' (for 5000 ms)");
    });
  });
});

function countListeners(signal: AbortSignal): () => number {
  let count = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    count++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    count--;
    removeEventListener.apply(signal, args);
  };
  return () => count;
}
