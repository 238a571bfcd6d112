import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import '../support/install-runtime.ts';
import { never, type NeverOptions } from '../../src/testing/never.ts';

describe('never', () => {
  test('resolves when its end has come and the condition was never true', async () => {
    await never(() => false, { until: Promise.resolve() });
    await never(() => false, { until: Promise.reject(new Error('that is an end, too')) });
    const controller = new AbortController();
    const watch = never(() => false, { until: controller.signal });
    controller.abort();
    await watch;
    await never(async () => 0, { within: 5 });
  });

  test('rejects as soon as the condition is true, with what was seen', async () => {
    const mailbox = new EventEmitter();
    let size = 0;
    const watch = never(() => size > 0 && `${size} messages`, {
      ...{ on: [[mailbox, 'message']], interval: false, within: Infinity, message: 'mail comes' },
    });
    size++;
    mailbox.emit('message');
    const error = await watch.catch((caught: Error) => caught);
    expect(error).toMatchObject({ name: 'AssertionError', actual: '1 messages' });
    expect((error as Error).message).toMatch(
      /^never: 'mail comes' was true after [\d.]+ ms\n[^]*false\n.*'1 messages'$/,
    );
    expect(mailbox.listenerCount('message')).toBe(0);
  });

  test('looks once more at the end', async () => {
    let isTrue = false;
    const until = Promise.resolve().then(() => void (isTrue = true));
    await expect(never(() => isTrue, { until, interval: false })).rejects.toThrow(/was true/);
  });

  test.each([
    [{}, /'until' or 'within'/],
    [{ within: -1 }, /'within' to be 0 or more/],
    [{ until: 5 }, /'until' to be a promise or a signal, got number/],
  ])('refuses the options %o', async (options, message) => {
    await expect(never(() => false, options as NeverOptions)).rejects.toThrow(message);
  });
});
