import { describe, expect, test } from 'vitest';
import { ProgressLine } from '../../src/cli/progress-line.ts';
import { ManualClock } from './_manual-clock.ts';
import { KeptOutput } from './_terminal.ts';

const ERASE = '\r\u001B[K';

describe('ProgressLine', () => {
  test('draws at most ten times a second, and always what came last', () => {
    const clock = new ManualClock();
    const terminal = new KeptOutput(true);
    let state = 0;
    const line = new ProgressLine(terminal, clock, () => `state ${state}`);
    let draws = 0;
    for (; clock.time < 1_000; clock.advance(1)) {
      state++;
      line.update();
      if (terminal.take() !== '') draws++;
    }
    expect(draws).toBe(10);
    clock.advance(100);
    expect(terminal.take()).toBe(`${ERASE}state 1000`);
  });

  test('without progress there is no timer', () => {
    const clock = new ManualClock();
    const line = new ProgressLine(new KeptOutput(true), clock, () => 'x');
    line.update();
    line.update();
    clock.advance(100);
    expect(clock.timers).toBe(0);
  });

  test('never fills the last column', () => {
    const terminal = new KeptOutput(true);
    terminal.columns = 20;
    new ProgressLine(terminal, new ManualClock(), (width) => 'x'.repeat(width + 10)).update();
    expect(terminal.take()).toBe(`${ERASE}${'x'.repeat(19)}`);
  });

  test('prints other text above itself', () => {
    const clock = new ManualClock();
    const terminal = new KeptOutput(true);
    const line = new ProgressLine(terminal, clock, () => 'bar');
    line.print('first');
    expect(terminal.take()).toBe('first\n');
    line.update();
    terminal.take();
    line.print('second');
    expect(terminal.take()).toBe(`${ERASE}second\n`);
    clock.advance(100);
    expect(terminal.take()).toBe(`${ERASE}bar`);
  });

  test('is gone once ended, with its timer', () => {
    const clock = new ManualClock();
    const terminal = new KeptOutput(true);
    const line = new ProgressLine(terminal, clock, () => 'bar');
    line.update();
    line.update();
    terminal.take();
    line.end();
    expect(terminal.take()).toBe(ERASE);
    expect(clock.timers).toBe(0);
    line.update();
    expect(terminal.take()).toBe('');
  });
});
