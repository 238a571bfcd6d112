import { describe, expect, test } from 'vitest';
import '../support/install-runtime.ts';
import { whatKeepsRunning } from '../../src/lifecycle/what-keeps-running.ts';
import { type Look, Lookout } from '../../src/process/lookout.ts';
import { countListeners, onVirtualClock } from '../pacing/_virtual-time.ts';

const late = (): string => 'late';
const not: Look<never> = { lacks: 'is not there' };

describe('a lookout', () => {
  test('looks at once, then after pauses that grow from 1 to 50 ms', () =>
    onVirtualClock(async (clock) => {
      const looks: number[] = [];
      const lookout = new Lookout('it', () => (looks.push(clock.now()), looks.length === 20 ? { found: 7 } : not));
      const found = lookout.wait({}, late);
      await clock.advance(1_000);
      expect(await found).toBe(7);
      const pauses = looks.slice(1).map((at, i) => at - (looks[i] as number));
      expect(pauses.slice(0, 4)).toEqual([1, 1.5, 2.25, 3.375]);
      expect(pauses.slice(-5)).toEqual([50, 50, 50, 50, 50]);
      expect(clock.pending).toBe(0);
    }));

  test('looks at once when it is told to, and begins with short pauses again', () =>
    onVirtualClock(async (clock) => {
      let looks: number[] = [];
      const start = clock.now();
      const lookout = new Lookout('it', () => (looks.push(clock.now() - start), not));
      const ended = expect(lookout.wait({ timeout: 200 }, late)).rejects.toBe('late');
      await clock.advance(190);
      looks = [];
      lookout.wake();
      await clock.advance(2.5);
      expect(looks).toEqual([190, 191, 192.5]);
      await clock.advance(100);
      await ended;
    }));

  test('looks again after a look during which it was told to', () =>
    onVirtualClock(async (clock) => {
      const answers: Array<(look: Look<string>) => void> = [];
      const lookout = new Lookout('it', () => new Promise<Look<string>>((resolve) => answers.push(resolve)));
      const found = lookout.wait({}, late);
      lookout.wake();
      expect(answers.length).toBe(1);
      answers[0]?.(not);
      await clock.advance(0);
      answers[1]?.({ found: 'it' });
      expect(await found).toBe('it');
    }));

  test('ends exactly at its deadline, and tells the look that goes on', () =>
    onVirtualClock(async (clock) => {
      let given: AbortSignal | undefined;
      const lookout = new Lookout('it', (signal) => {
        given = signal;
        return new Promise<Look<never>>(() => {});
      });
      const ended = expect(lookout.wait({ timeout: 10.5 }, late)).rejects.toBe('late');
      await clock.advance(10.4);
      expect(given?.aborted).toBe(false);
      await clock.advance(0.1);
      await ended;
      expect([given?.aborted, clock.pending]).toEqual([true, 0]);
    }));

  test('with a timeout of 0, has one look', () =>
    onVirtualClock(async () => {
      await expect(new Lookout('it', () => not).wait({ timeout: 0 }, late)).rejects.toBe('late');
      expect(await new Lookout('it', () => ({ found: 1 })).wait({ timeout: 0 }, late)).toBe(1);
    }));

  test('ends at once when its signal fires, and leaves nothing behind', () =>
    onVirtualClock(async (clock) => {
      const controller = new AbortController();
      const listeners = countListeners(controller.signal);
      const wait = new Lookout('it', () => not).wait({ signal: controller.signal, timeout: 100 }, late);
      await clock.advance(5);
      controller.abort('enough');
      await expect(wait).rejects.toBe('enough');
      expect([listeners(), clock.pending]).toEqual([0, 0]);
      const { signal } = controller;
      await expect(new Lookout('it', () => ({ found: 1 })).wait({ signal }, late)).rejects.toBe('enough');
    }));

  test('ends with what a look throws', async () => {
    const wait = new Lookout('it', () => Promise.reject(new RangeError('no'))).wait({}, late);
    await expect(wait).rejects.toThrow(RangeError);
  });

  test('is among what keeps a program running, with what is missing', () =>
    onVirtualClock(async (clock) => {
      const controller = new AbortController();
      const wait = new Lookout('the door to open', () => ({ lacks: 'is shut' })).wait(controller, late);
      await clock.advance(1);
      expect(whatKeepsRunning().text).toContain('* wait the door to open: is shut');
      controller.abort('enough');
      await expect(wait).rejects.toBe('enough');
      expect(whatKeepsRunning().text).not.toContain('the door');
    }));
});
