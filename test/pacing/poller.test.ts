import { describe, expect, test, vi } from 'vitest';
import { LifecycleError, TaskCancelledError } from '../../src/errors.ts';
import type { PollerOptions, PollerRun } from '../../src/pacing/poller-options.ts';
import { Poller } from '../../src/pacing/poller.ts';
import type { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { observe } from '../signal/_settled.ts';
import { countListeners, gate, onVirtualClock } from './_virtual-time.ts';

/** Work that notes when it ran, since the start of the test. */
function noting(clock: VirtualClock): { work(signal: AbortSignal, run: PollerRun): number; at: number[] } {
  const at: number[] = [];
  return { at, work: (_, { run }) => (at.push(clock.now() - 1_000), run) };
}

describe('Poller', () => {
  test('runs at once and then every interval, until it is stopped', () =>
    onVirtualClock(async (clock) => {
      const { work, at } = noting(clock);
      const poller = new Poller(work, { interval: 100 });
      await clock.advance(500);
      expect(at).toEqual([]);
      poller.start().start();
      await clock.advance(350);
      expect(at).toEqual([500, 600, 700, 800]);
      await poller.stop();
      expect([poller.stats().state, clock.pending]).toEqual(['stopped', 0]);
      await clock.advance(1_000);
      expect(at).toHaveLength(4);
    }));

  test('waits an interval first if told to', () =>
    onVirtualClock(async (clock) => {
      const { work, at } = noting(clock);
      await using poller = new Poller(work, { interval: 100, immediate: false }).start();
      await clock.advance(250);
      expect(at).toEqual([100, 200]);
      expect(poller.stats().nextAt).toBe(1_300);
    }));

  test('never has two runs at a time, and tells each which it is', () =>
    onVirtualClock(async (clock) => {
      const runs: PollerRun[] = [];
      const ends = [gate(), gate(), gate()];
      const work = (_: AbortSignal, run: PollerRun): Promise<void> => {
        runs.push(run);
        return ends[run.run - 1]?.opened ?? Promise.resolve();
      };
      await using poller = new Poller(work, { interval: 100 }).start();
      await clock.advance(1_050);
      expect(runs).toEqual([{ run: 1, due: 1_000, triggered: false }]);
      expect(poller.stats().isBusy).toBe(true);
      ends[0]?.open();
      await clock.advance(50);
      expect(runs[1]).toEqual({ run: 2, due: 2_100, triggered: false });
      expect(poller.stats().missed).toBe(10);
      ends.forEach(({ open }) => open());
    }));

  test('may wait for longer than any timer does', () =>
    onVirtualClock(async (clock) => {
      const { work, at } = noting(clock);
      await using _ = new Poller(work, { interval: 2 ** 33 }).start();
      await clock.advance(2 ** 33 - 1);
      expect(at).toEqual([0]);
      await clock.advance(1);
      expect(at).toEqual([0, 2 ** 33]);
    }));

  test('work that takes longer than the interval leaves the event loop its turns', async () => {
    const turn = gate();
    let runs = 0;
    const poller = new Poller(() => void runs++, { interval: 1e-9, missed: 'delay' }).start();
    // Fires only if the runs do not follow each other in microtasks.
    setTimeout(turn.open, 0);
    await turn.opened;
    await poller.stop();
    expect(runs).toBeGreaterThan(0);
  });

  describe('trigger', () => {
    test('runs at once while the poller waits for an hour, and gives what the run returns', () =>
      onVirtualClock(async (clock) => {
        const { work, at } = noting(clock);
        await using poller = new Poller(work, { interval: 3_600_000 }).start();
        await clock.advance(60_000);
        await expect(poller.trigger()).resolves.toBe(2);
        expect(at).toEqual([0, 60_000]);
        await clock.advance(3_600_000 - 60_000);
        expect(at).toEqual([0, 60_000, 3_600_000]);
      }));

    test('is answered by a run that started after the call: one more after the run that goes on', () =>
      onVirtualClock(async (clock) => {
        const ends = [gate<string>(), gate<string>(), gate<string>()];
        const work = (_: AbortSignal, { run }: PollerRun): Promise<string> | undefined => ends[run - 1]?.opened;
        await using poller = new Poller(work, { interval: 3_600_000 }).start();
        await clock.advance(1);
        const triggers = [poller.trigger(), poller.trigger(), poller.trigger()].map(observe);
        ends[0]?.open('before');
        await clock.advance(1);
        expect(triggers.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending']);
        const later = observe(poller.trigger());
        ends[1]?.open('after');
        await clock.advance(1);
        expect(triggers.map(({ value }) => value)).toEqual(['after', 'after', 'after']);
        expect(later.state).toBe('pending');
        ends[2]?.open('later');
        await clock.advance(1);
        expect(later.value).toBe('later');
        expect(poller.stats()).toMatchObject({ runs: 3, triggered: 2 });
      }));

    test('calls that come together share a run, also with the first', () =>
      onVirtualClock(async (clock) => {
        const { work } = noting(clock);
        await using poller = new Poller(work, { interval: 100 }).start();
        await expect(Promise.all([poller.trigger(), poller.trigger()])).resolves.toEqual([1, 1]);
        await expect(Promise.all([poller.trigger(), poller.trigger()])).resolves.toEqual([2, 2]);
      }));

    test('fails as the run does, and may be ignored', () =>
      onVirtualClock(async (clock) => {
        const failure = new Error('no');
        const told: unknown[] = [];
        const work = (): never => {
          throw failure;
        };
        await using poller = new Poller(work, { interval: 100, onError: (error) => void told.push(error) }).start();
        await clock.advance(1);
        await expect(poller.trigger()).rejects.toBe(failure);
        void poller.trigger();
        await clock.advance(1);
        expect(told).toEqual([failure, failure, failure]);
      }));

    test('gives up waiting when told to; the run takes place all the same', () =>
      onVirtualClock(async (clock) => {
        const end = gate();
        await using poller = new Poller(() => end.opened, { interval: 3_600_000 }).start();
        await clock.advance(1);
        const late = observe(poller.trigger({ timeout: 50 }));
        const controller = new AbortController();
        const aborted = observe(poller.trigger({ signal: controller.signal }));
        controller.abort('enough');
        await clock.advance(50);
        expect(late.error).toMatchObject({ code: 'ERR_DEADLINE_EXCEEDED' });
        expect(aborted.error).toBe('enough');
        end.open();
        await clock.advance(1);
        expect(poller.stats().runs).toBe(2);
      }));

    test('is refused where no run can follow', () =>
      onVirtualClock(async () => {
        const poller = new Poller(() => {}, { interval: 100, name: 'prices' });
        await expect(poller.trigger()).rejects.toThrow(LifecycleError);
        await expect(poller.trigger()).rejects.toThrow("Cannot trigger poller 'prices': it is stopped: call start()");
        await poller.start().stop();
        await expect(poller.trigger()).rejects.toThrow(LifecycleError);
      }));

    test('asked for by the work itself runs right after it, and other things get their turn', () =>
      onVirtualClock(async (clock) => {
        const { work, at } = noting(clock);
        const again = (signal: AbortSignal, run: PollerRun): void => {
          work(signal, run);
          if (run.run < 5) void poller.trigger();
        };
        const poller = new Poller(again, { interval: 100 });
        poller.start();
        for (let i = 0; i < 5; i++) await clock.advance(0);
        expect(at).toEqual([0, 0, 0, 0, 0]);
        await poller.stop();
      }));
  });

  describe('stop', () => {
    test('ends the wait at once, and may be called again and again', () =>
      onVirtualClock(async (clock) => {
        const poller = new Poller(() => {}, { interval: 3_600_000 }).start();
        await clock.advance(5);
        expect(clock.pending).toBe(1);
        await Promise.all([poller.stop(), poller.stop()]);
        await poller.stop();
        expect(clock.pending).toBe(0);
      }));

    test('waits for the run that goes on, which it does not disturb', () =>
      onVirtualClock(async (clock) => {
        const end = gate();
        let given: AbortSignal | undefined;
        const poller = new Poller((signal) => ((given = signal), end.opened), { interval: 100 }).start();
        await clock.advance(1);
        const stopped = observe(poller.stop());
        await clock.advance(1_000);
        expect([stopped.state, given?.aborted, poller.stats().state]).toEqual(['pending', false, 'stopping']);
        end.open();
        await clock.advance(0);
        expect([stopped.state, poller.stats().state]).toEqual(['fulfilled', 'stopped']);
      }));

    test('tells the run to stop if asked to, which is then no failure', () =>
      onVirtualClock(async (clock) => {
        const told: unknown[] = [];
        const work = (signal: AbortSignal): Promise<void> =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        const poller = new Poller(work, { interval: 100, onError: (error) => void told.push(error) }).start();
        const triggered = observe(poller.trigger());
        await clock.advance(1);
        await poller.stop({ abortRun: true });
        expect(triggered.error).toBeInstanceOf(TaskCancelledError);
        expect(poller.stats()).toMatchObject({ runs: 1, failed: 0, cancelled: 1, lastError: undefined });
        expect(told).toEqual([]);
      }));

    test('can be waited for with a limit: a run that does not end does not keep its caller', () =>
      onVirtualClock(async (clock) => {
        const end = gate();
        const poller = new Poller(() => end.opened, { interval: 100, name: 'slow' }).start();
        await clock.advance(1);
        const stopped = observe(poller.stop({ timeout: 30 }));
        await clock.advance(30);
        expect(stopped.error).toMatchObject({ message: "The last run of poller 'slow' did not end within 30 ms" });
        expect(() => poller.start()).toThrow(/still stopping: await stop\(\) first/);
        end.open();
        await poller.stop();
        expect(poller.stats().state).toBe('stopped');
      }));

    test('from within the work does not wait for itself', () =>
      onVirtualClock(async (clock) => {
        const steps: string[] = [];
        const work = async (): Promise<void> => {
          await Promise.resolve();
          await poller.stop();
          steps.push('stopped within');
        };
        const poller: Poller = new Poller(work, { interval: 100 });
        poller.start();
        await clock.advance(0);
        expect(steps).toEqual(['stopped within']);
        expect([poller.stats().state, poller.stats().runs]).toEqual(['stopped', 1]);
      }));

    test('cancels the triggers whose run has not started', () =>
      onVirtualClock(async (clock) => {
        const end = gate();
        const poller = new Poller(() => end.opened, { interval: 100 }).start();
        await clock.advance(1);
        const waiting = observe(poller.trigger());
        const stopped = poller.stop();
        await clock.advance(0);
        expect(waiting.error).toBeInstanceOf(TaskCancelledError);
        end.open();
        await stopped;
        expect(poller.stats().runs).toBe(1);
      }));

    test('right after start, there is no run at all', () =>
      onVirtualClock(async (clock) => {
        const { work, at } = noting(clock);
        await new Poller(work, { interval: 100 }).start().stop();
        await clock.advance(1_000);
        expect(at).toEqual([]);
      }));

    test('is what disposing does; and a poller can be started again', () =>
      onVirtualClock(async (clock) => {
        const { work, at } = noting(clock);
        const poller = new Poller(work, { interval: 100 }).start();
        await clock.advance(150);
        clock.block(250);
        await clock.advance(0);
        await poller[Symbol.asyncDispose]();
        await clock.advance(100);
        poller.start();
        await clock.advance(100);
        await poller.stop();
        expect(at).toEqual([0, 100, 400, 500, 600]);
        expect(poller.stats()).toMatchObject({ runs: 5, missed: 2 });
      }));
  });

  test('its signal stops it and the run that goes on', () =>
    onVirtualClock(async (clock) => {
      const controller = new AbortController();
      const listeners = countListeners(controller.signal);
      const given: AbortSignal[] = [];
      const end = gate();
      const work = (signal: AbortSignal): Promise<void> => (given.push(signal), end.opened);
      const poller = new Poller(work, { interval: 100, signal: controller.signal }).start();
      await clock.advance(1);
      controller.abort('enough');
      expect([given[0]?.reason, poller.stats().state]).toEqual(['enough', 'stopping']);
      end.open();
      await poller.stop();
      expect(listeners()).toBe(0);
      let thrown: unknown;
      try {
        poller.start();
      } catch (reason) {
        thrown = reason;
      }
      expect(thrown).toBe('enough');
    }));

  test('paused, it starts no tick and waits for nothing; resumed, it makes up for what came due with one run', () =>
    onVirtualClock(async (clock) => {
      const { work, at } = noting(clock);
      await using poller = new Poller(work, { interval: 100 }).start();
      await clock.advance(150);
      poller.pause();
      expect(clock.pending).toBe(0);
      await clock.advance(300);
      expect(at).toEqual([0, 100]);
      poller.resume();
      await clock.advance(100);
      expect(at).toEqual([0, 100, 450, 550]);
      expect(poller.stats().missed).toBe(2);
      poller.pause();
      poller.resume();
      await clock.advance(100);
      expect(at).toEqual([0, 100, 450, 550, 650]);
    }));

  test('paused, it still runs when triggered, which makes up for the ticks that came due', () =>
    onVirtualClock(async (clock) => {
      const { work, at } = noting(clock);
      const infos: PollerRun[] = [];
      const both = (signal: AbortSignal, run: PollerRun): number => (infos.push(run), work(signal, run));
      await using poller = new Poller(both, { interval: 100 }).start();
      await clock.advance(50);
      poller.pause();
      await clock.advance(200);
      await expect(poller.trigger()).resolves.toBe(2);
      expect(infos[1]).toEqual({ run: 2, due: 1_250, triggered: true });
      await clock.advance(200);
      poller.resume();
      await clock.advance(100);
      expect(at).toEqual([0, 250, 450, 550]);
    }));

  test('a new interval holds at once, counted from the last tick', () =>
    onVirtualClock(async (clock) => {
      const { work, at } = noting(clock);
      await using poller = new Poller(work, { interval: 3_600_000 }).start();
      await clock.advance(10);
      poller.setInterval(100);
      await clock.advance(200);
      expect(at).toEqual([0, 100, 200]);
      poller.setInterval(1);
      await clock.advance(0);
      expect(at).toEqual([0, 100, 200, 210]);
      expect(() => poller.setInterval(0)).toThrow(/'interval' to be milliseconds, more than 0, got 0/);
    }));

  test('goes on after a failure, sooner if told to, and counts it', () =>
    onVirtualClock(async (clock) => {
      const at: number[] = [];
      const failure = new Error('no');
      const told: unknown[] = [];
      const work = (_: AbortSignal, { run }: PollerRun): void => {
        at.push(clock.now() - 1_000);
        if (run === 2 || run === 3) throw failure;
      };
      const onError = (error: unknown, { run }: PollerRun): void => void told.push([error, run]);
      await using poller = new Poller(work, { interval: 100, errorInterval: 7, onError }).start();
      await clock.advance(108);
      expect(poller.stats()).toMatchObject({ runs: 3, failed: 2, failuresInARow: 2, lastError: failure });
      await clock.advance(150);
      expect(at).toEqual([0, 100, 107, 114, 214]);
      expect(told).toEqual([
        [failure, 2],
        [failure, 3],
      ]);
      expect(poller.stats().failuresInARow).toBe(0);
    }));

  test('an onError that throws is an uncaught error, and no end of the polling', () =>
    onVirtualClock(async (clock) => {
      const uncaught: unknown[] = [];
      const enqueue = queueMicrotask;
      const attempt = (job: () => void): void => {
        try {
          job();
        } catch (error) {
          uncaught.push(error);
        }
      };
      vi.stubGlobal('queueMicrotask', (job: () => void) => enqueue(() => attempt(job)));
      try {
        const broken = (): never => {
          throw new Error('bug');
        };
        await using poller = new Poller(broken, { interval: 100, onError: broken }).start();
        await clock.advance(150);
        expect(poller.stats().runs).toBe(2);
      } finally {
        vi.unstubAllGlobals();
      }
      expect(uncaught).toHaveLength(2);
    }));

  test('shows what it has done', () =>
    onVirtualClock(async (clock) => {
      const fetchPrices = async (): Promise<void> => clock.block(30);
      const poller = new Poller(fetchPrices, { interval: 100 });
      expect(poller.stats()).toMatchObject({ name: 'fetchPrices', state: 'stopped', runs: 0, lastStart: undefined });
      poller.start();
      await clock.advance(130);
      expect(poller.stats()).toEqual({
        name: 'fetchPrices',
        state: 'running',
        isBusy: false,
        runs: 2,
        failed: 0,
        cancelled: 0,
        triggered: 0,
        missed: 0,
        failuresInARow: 0,
        lastStart: 1_100,
        lastDuration: 30,
        lastError: undefined,
        nextAt: 1_200,
      });
      await poller.stop();
    }));

  test.each<[PollerOptions, RegExp]>([
    [{} as PollerOptions, /'interval' to be milliseconds, more than 0, got undefined/],
    [{ interval: 0 }, /got 0/],
    [{ interval: 1, errorInterval: -1 }, /'errorInterval'/],
    [{ interval: 1, errorInterval: 1, backoff: {} }, /'errorInterval' or 'backoff', got both/],
    [{ interval: 1, mode: 'loose' as never }, /'mode' to be 'fixed' or 'spaced', got 'loose'/],
    [{ interval: 1, missed: 'all' as never }, /'missed' to be 'skip' or 'delay' or 'burst', got 'all'/],
    [{ interval: 1, jitter: 1.5 }, /'jitter' to be a number from 0 to 1, got 1.5/],
    [{ interval: 1, immediate: 'no' as never }, /'immediate' to be a boolean, got 'no'/],
    [{ interval: 1, backoff: { factor: 0 } }, /'factor'/],
    [{ interval: 1, name: 5 as never }, /'name' to be a string, got number/],
  ])('refuses %j', (options, message) => {
    expect(() => new Poller(() => {}, options)).toThrow(message);
  });

  test('refuses work that cannot be called, and a stop that it does not understand', async () => {
    expect(() => new Poller('work' as never, { interval: 1 })).toThrow(
      "Expected the work to be a function, got 'work'",
    );
    const poller = new Poller(() => {}, { interval: 100 }).start();
    await expect(poller.stop({ abortRun: 1 as never })).rejects.toThrow("'abortRun' to be a boolean, got number");
    await expect(poller.stop({ timeout: -1 })).rejects.toThrow(RangeError);
    expect(poller.stats().state).toBe('running');
    await poller.stop();
  });
});
