import { strictEqual } from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import '../support/install-runtime.ts';
import { DeadlineExceededError } from '../../src/errors.ts';
import { eventually } from '../../src/testing/eventually.ts';
import { microtasks } from '../signal/_settled.ts';

describe('eventually', () => {
  test('resolves to what the assertion returns once it no longer throws', async () => {
    const emitter = new EventEmitter();
    let size = 2;
    const wait = eventually(
      () => {
        expect(size).toBe(0);
        return 'empty';
      },
      { on: [[emitter, 'shift']], interval: false, timeout: Infinity },
    );
    for (size = 1; size >= 0; size--) emitter.emit('shift');
    size = 0;
    expect(await wait).toBe('empty');
  });

  test('takes assertions that are asynchronous', async () => {
    let tries = 0;
    await eventually(async () => strictEqual(++tries, 3));
    expect(tries).toBe(3);
  });

  test('rejects with the history of errors, without their colours, and the last one as the cause', async () => {
    const errors = [new Error('\u001b[31mfirst\u001b[39m\nand more'), new TypeError('second')];
    const fail = (): never => {
      throw errors.length > 1 ? errors.shift() : errors[0];
    };
    const last = errors[1];
    const failure = await eventually(fail, { timeout: 20, message: 'it works' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DeadlineExceededError);
    const { message, cause } = failure as Error;
    expect(cause).toBe(last);
    expect(message).toMatch(
      /^eventually: 'it works' did not succeed within 20 ms\n.*\n.* {2}Error: first\n.* {2}TypeError: second$/,
    );
  });

  test('tells of many errors only the first and the last', async () => {
    let tries = 0;
    const emitter = new EventEmitter();
    const wait = eventually(() => strictEqual(0, ++tries, `try ${tries}.`), {
      interval: false,
      timeout: 200,
      on: [[emitter, 'x']],
    });
    for (let turn = 0; turn < 40; turn++) {
      emitter.emit('x');
      await microtasks(1);
    }
    const { message } = (await wait.catch((error: Error) => error)) as Error;
    expect(message).toMatch(/try 1\./);
    expect(message).toMatch(new RegExp(`try ${tries}\\.$`));
    expect(message).toMatch(/\(\d+ more values\)/);
    expect(message.split('\n').length).toBeLessThan(30);
  });
});
