import { describe, expect, test } from 'vitest';
import { parseMapOptions } from '../../../src/cli/map/options.ts';
import { describeResume, Report } from '../../../src/cli/map/report.ts';
import { ManualClock } from '../_manual-clock.ts';
import { ioWith, KeptOutput } from '../_terminal.ts';

describe('Report', () => {
  /** What is drawn on the way to half of the input. */
  function drawn(argv: readonly string[], stdout: KeptOutput, stderr: KeptOutput): string {
    const clock = { ...new ManualClock(), defer: () => {} };
    const state = { done: () => 5, failed: () => 1, bytes: () => 50, inputBytes: 100 };
    const report = new Report(parseMapOptions(argv), ioWith(stdout, stderr, new URL('file:///')), clock, state);
    report.progressed();
    return stderr.take();
  }

  test('shows progress on a terminal', () => {
    expect(drawn(['m'], new KeptOutput(), new KeptOutput(true))).toMatch(/\[=+> +\]  50%  5 done  1 failed/);
  });

  test('shows none elsewhere, on the terminal that the results go to, or when told not to', () => {
    expect(drawn(['m'], new KeptOutput(), new KeptOutput())).toBe('');
    expect(drawn(['m'], new KeptOutput(true), new KeptOutput(true))).toBe('');
    expect(drawn(['m', '-o', 'file'], new KeptOutput(true), new KeptOutput(true))).not.toBe('');
    expect(drawn(['m', '--no-progress'], new KeptOutput(), new KeptOutput(true))).toBe('');
    expect(drawn(['m', '--quiet'], new KeptOutput(), new KeptOutput(true))).toBe('');
  });
});

describe('where to go on', () => {
  test('names the lines that are done and the option to give', () => {
    expect(describeResume({ skip: 12, doneAfter: 0 }, false)).toBe(
      'Every line up to line 12 is done: to go on, add --skip 12',
    );
  });

  test('says that files are appended to, and how much is done twice', () => {
    expect(describeResume({ skip: 12, doneAfter: 1_500 }, true)).toBe(
      'Every line up to line 12 is done: to go on, add --skip 12 (files that are written to are then appended to); ' +
        '1,500 lines after that are done as well and will be done again',
    );
  });

  test('says so when there is nothing to skip', () => {
    expect(describeResume({ skip: 0, doneAfter: 1 }, false)).toBe(
      'Line 1 is not done: to go on, start again; 1 line after it is done as well and will be done again',
    );
  });
});
