import { describe } from 'vitest';
import { installFastTestHost } from './_host.ts';
import { shareKeys } from './_round-trip.ts';
import { describeClones } from './_structured-clone.ts';

describe('the same with all that the runtime offers the codec', () => {
  describeClones(() => {
    installFastTestHost();
    shareKeys();
  });
});
