import { describe, expect, test } from 'vitest';
import { checkWaitOptions } from '../../src/signal/wait-options.ts';

describe('the options of a wait', () => {
  test.each([
    [{ timeout: '5' }, TypeError, "Expected option 'timeout' to be a number, got '5'"],
    [{ timeout: -1 }, RangeError, "Expected option 'timeout' to be 0 or more milliseconds, got -1"],
    [{ timeout: NaN }, RangeError, "Expected option 'timeout' to be 0 or more milliseconds, got NaN"],
    [{ signal: {} }, TypeError, "Expected option 'signal' to be an AbortSignal, got object"],
    [{ ref: 1 }, TypeError, "Expected option 'ref' to be a boolean, got number"],
    [{ allowBlocking: 'yes' }, TypeError, "Expected option 'allowBlocking' to be a boolean, got 'yes'"],
    [null, TypeError, 'Expected the options of a wait to be an object, got null'],
  ])('%o is refused by name', (options, type, message) => {
    expect(() => checkWaitOptions(options as never)).toThrow(type);
    expect(() => checkWaitOptions(options as never)).toThrow(message);
  });

  test('all may be left out', () => {
    checkWaitOptions({});
    checkWaitOptions({ signal: undefined, timeout: undefined, ref: undefined, allowBlocking: undefined });
    checkWaitOptions({ timeout: Infinity });
  });
});
