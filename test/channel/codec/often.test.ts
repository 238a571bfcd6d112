import { beforeAll, describe } from 'vitest';
import { installTestHost } from './_host.ts';
import { describeOftenMetShapes } from './_often.ts';

describe('objects of shapes that were met often are cloned', () => {
  beforeAll(installTestHost);
  describeOftenMetShapes();
});
