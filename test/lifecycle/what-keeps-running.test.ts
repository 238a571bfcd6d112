import { expect, test } from 'vitest';
import { CancelToken } from '../../src/lifecycle/cancel-token.ts';
import { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import { TaskGroup } from '../../src/lifecycle/task-group.ts';
import { whatKeepsRunning } from '../../src/lifecycle/what-keeps-running.ts';
import { Poller } from '../../src/pacing/poller.ts';
import { ManualResetEvent } from '../../src/signal/manual-reset-event.ts';
import { microtasks } from '../signal/_settled.ts';
import { withFakeTime } from '../signal/_with-fake-time.ts';
import '../support/install-runtime.ts';

test('names waits, timers, tasks and resources, says what holds the process, and forgets what is over', async () => {
  await withFakeTime(async (time) => {
    expect(whatKeepsRunning().activities).toEqual([]);
    const event = new ManualResetEvent();
    const token = new CancelToken();
    const waits = [event.wait({ timeout: 500 }), event.wait(), token.wait({ ref: false })];
    const group = new TaskGroup({ name: 'jobs' });
    let finish!: () => void;
    void group.spawn('index', () => new Promise<void>((resolve) => (finish = resolve)));
    const app = new Lifecycle({ name: 'app' })
      .add('database', { start: () => {}, stop: () => {} })
      .add('server', { start: () => new Promise(() => {}), stop: () => {} }, { after: ['database'] });
    const started = app.start().catch(() => {});
    const poller = new Poller(() => {}, { name: 'prices', interval: 60_000, immediate: false }).start();
    await microtasks(20);
    time.advanceTo(20);
    const { activities, text } = whatKeepsRunning();
    expect(activities).toHaveLength(8);
    expect(activities).toEqual(
      expect.arrayContaining([
        {
          kind: 'wait',
          name: `for the ManualResetEvent at ${event.handle.offset}`,
          detail: '2 under way',
          holdsProcess: true,
        },
        {
          kind: 'wait',
          name: `for the CancelToken at ${token.handle.offset}`,
          detail: '1 under way',
          holdsProcess: false,
        },
        { kind: 'timer', name: 'deadlines', detail: '3, the next in 480 ms', holdsProcess: false },
        { kind: 'task', name: 'jobs/index', detail: 'runs for 20 ms', holdsProcess: false },
        { kind: 'poller', name: 'prices', detail: 'running', holdsProcess: true },
        { kind: 'lifecycle', name: 'app', detail: 'starting', holdsProcess: true },
        { kind: 'resource', name: 'app/database', detail: 'running', holdsProcess: false },
        { kind: 'resource', name: 'app/server', detail: 'starting', holdsProcess: false },
      ]),
    );
    const lines = text.split('\n');
    expect(lines.filter((line) => line.startsWith('*')).length).toBe(3);
    expect(lines).toContain('* lifecycle app: starting');
    expect(lines).toContain('  task jobs/index: runs for 20 ms');

    event.set();
    token.cancel();
    finish();
    await poller.stop();
    const stopped = app.stop({ timeout: 100 });
    await microtasks(20);
    time.advanceTo(200);
    await Promise.all([...waits, group.join(), stopped, started]);
    expect(whatKeepsRunning().activities).toEqual([]);
    for (const each of [event, token]) each[Symbol.dispose]();
  });
});
