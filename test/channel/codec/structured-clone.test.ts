import { describe } from 'vitest';
import { installTestHost } from './_host.ts';
import { describeClones } from './_structured-clone.ts';

describe('what a value becomes on the other side is what structuredClone makes of it', () => {
  describeClones(installTestHost);
});
