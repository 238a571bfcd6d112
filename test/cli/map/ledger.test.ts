import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ledger } from '../../../src/cli/map/ledger.ts';

describe('Ledger', () => {
  test('a job that was never begun goes on where it was told to', () => {
    expect(new Ledger(40).resumePoint()).toEqual({ skip: 40, doneAfter: 0 });
  });

  test('the first line that is not done is where to go on; what is done after it is counted', () => {
    const ledger = new Ledger(0);
    for (const line of [1, 2, 3, 4, 5]) ledger.opened(line);
    for (const line of [1, 3, 5]) ledger.settled(line);
    expect(ledger.resumePoint()).toEqual({ skip: 1, doneAfter: 2 });
    ledger.settled(2);
    expect(ledger.resumePoint()).toEqual({ skip: 3, doneAfter: 1 });
    ledger.settled(4);
    expect(ledger.resumePoint()).toEqual({ skip: 5, doneAfter: 0 });
  });

  test('whatever the order: every line up to the point is done, the next one is not', () => {
    fc.assert(
      fc.property(
        fc.nat(100),
        fc.integer({ min: 1, max: 60 }).chain((count) =>
          fc.record({ count: fc.constant(count), done: fc.subarray(Array.from({ length: count }, (_, i) => i + 1)) }),
        ),
        (skipped, { count, done }) => {
          const ledger = new Ledger(skipped);
          for (let line = 1; line <= count; line++) ledger.opened(skipped + line);
          for (const line of done) ledger.settled(skipped + line);
          const { skip, doneAfter } = ledger.resumePoint();
          const settled = new Set(done.map((line) => skipped + line));
          for (let line = skipped + 1; line <= skip; line++) expect(settled.has(line)).toBe(true);
          expect(settled.has(skip + 1)).toBe(false);
          expect(doneAfter).toBe([...settled].filter((line) => line > skip).length);
        },
      ),
    );
  });
});
