import { describe, expect, test } from 'vitest';
import { chooseTask } from '../../../src/cli/map/choose-task.ts';

describe('the function that is called', () => {
  test('is the one asked for, else the default export, else the only one', () => {
    expect(chooseTask('m', ['a', 'default'], 'a')).toBe('a');
    expect(chooseTask('m', ['a', 'default'], undefined)).toBe('default');
    expect(chooseTask('m', ['a'], undefined)).toBe('a');
  });

  test('has to be named when there are several, or when it is mistyped', () => {
    expect(() => chooseTask('m', ['a', 'b'], undefined)).toThrow("choose one with --export ('a', 'b')");
    expect(() => chooseTask('m', ['upper', 'lower'], 'uper')).toThrow(
      "no function 'uper', only 'upper', 'lower'; did you mean 'upper'?",
    );
    expect(() => chooseTask('m', [], undefined)).toThrow('m exports no function');
  });
});
