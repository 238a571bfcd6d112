import { describe, expect, test } from 'vitest';
import { installFastTestHost } from './_host.ts';
import { roundTrip, shareKeys } from './_round-trip.ts';
import { describeClones } from './_structured-clone.ts';

describe('the same with all that the runtime offers the codec', () => {
  describeClones(() => {
    installFastTestHost();
    shareKeys();
  });

  test('an array of billions, all but one of them holes, is as long as that one', () => {
    installFastTestHost();
    const sparse: number[] = [];
    sparse[4_000_000_000] = 1;
    expect(Object.entries(roundTrip(sparse) as number[])).toEqual([['4000000000', 1]]);
  });
});
