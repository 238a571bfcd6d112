import { beforeAll, describe } from 'vitest';
import { installTestHost } from './_host.ts';
import { describeOftenMetShapes } from './_often.ts';
import { shareKeys } from './_round-trip.ts';

describe('objects of shapes that were met often are cloned', () => {
  beforeAll(() => {
    installTestHost();
    shareKeys();
  });
  describeOftenMetShapes();
});
