import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { compileMaker } from '../../../src/channel/codec/object-maker.ts';
import { installTestHost } from './_host.ts';
import { describeOftenMetShapes } from './_often.ts';

describe('objects of shapes that were met often are cloned where no code may be made from text', () => {
  beforeAll(() => {
    installTestHost();
    const { prototype } = Function;
    const forbidden = function (): never {
      throw new EvalError('Code generation from strings disallowed for this context');
    };
    forbidden.prototype = prototype;
    vi.stubGlobal('Function', forbidden);
  });
  afterAll(() => void vi.unstubAllGlobals());

  test('as asking for code gives none', () => {
    expect(compileMaker(['a', 'b'])).toBeUndefined();
  });

  describeOftenMetShapes();
});
