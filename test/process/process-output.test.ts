import { describe, expect, test } from 'vitest';
import { ChannelClosedError } from '../../src/errors.ts';
import { OutputLog } from '../../src/process/output-log.ts';
import { microtasks } from '../signal/_settled.ts';
import { failureOf, HOLD, shell } from './_shell.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const seen: string[] = [];
  for await (const line of lines) seen.push(line);
  return seen;
}

describe('the output of a process', () => {
  test('is bounded whatever it writes, and what is gone is counted', async () => {
    const child = shell(`yes 0123456789 | head -n 300000; ${HOLD}`, { maxOutput: 1_000 });
    // It ends only with its pipe read to the end: a process is never held up by its output.
    await child.stdout.waitForLine(/./);
    while (child.stdout.lineCount < 300_000) await child.stdout.lines({ from: 'now' }).next();
    expect(child.stdout.tail.length).toBeLessThanOrEqual(1_000);
    expect(child.stdout.tail.length + child.stdout.dropped).toBe(3_300_000);
    await child.terminate();
  });

  test('can be read line by line as it comes, to the end', async () => {
    const child = shell(`for each in 1 2 3; do echo "out $each"; echo "err $each" >&2; done; printf last`);
    const [out, err] = await Promise.all([all(child.stdout), all(child.stderr)]);
    expect(out).toEqual(['out 1', 'out 2', 'out 3', 'last']);
    expect(err).toEqual(['err 1', 'err 2', 'err 3']);
    // What came is kept, for those who come later.
    expect(await all(child.stdout)).toEqual(out);
    expect(await all(child.stdout.lines({ from: 'now' }))).toEqual([]);
  });

  test('is empty where the stream leads elsewhere', async () => {
    const child = shell('echo lost', { stdio: { stdout: 'ignore' } });
    expect(await all(child.stdout)).toEqual([]);
    expect(await child.exited).toMatchObject({ code: 0, output: '' });
  });
});

describe('OutputLog', () => {
  test('puts lines and characters together again, whatever pieces they come in', () => {
    const log = new OutputLog(1_000);
    for (const byte of bytes('one\r\nzwölf\n\n€')) log.push(Uint8Array.of(byte));
    expect(log.tail).toBe('one\nzwölf\n\n€');
    log.endOfRun();
    expect([log.tail, log.lineCount]).toEqual(['one\nzwölf\n\n€\n', 4]);
  });

  test('keeps whole lines, the last ones', () => {
    const log = new OutputLog(10);
    log.push(bytes('first\nsecond\nlast\n'));
    expect([log.tail, log.dropped, log.lineCount]).toEqual(['last\n', 13, 3]);
  });

  test('bounds a line that has no end', () => {
    const log = new OutputLog(40_000);
    const piece = bytes('x'.repeat(10_000));
    for (let count = 0; count < 100; count++) log.push(piece);
    expect(log.tail.length).toBeLessThanOrEqual(40_000);
    expect(log.tail.length + log.dropped).toBeGreaterThanOrEqual(1_000_000);
  });

  test('a reader that falls behind goes on with the oldest line that is kept, and knows what it missed', async () => {
    const log = new OutputLog(12);
    const reader = log.lines();
    log.push(bytes('aaaa\nbbbb\n'));
    expect(await reader.next()).toEqual({ done: false, value: 'aaaa' });
    log.push(bytes('cccc\ndddd\neeee\n'));
    log.close();
    expect([await all(reader), reader.missed]).toEqual([['dddd', 'eeee'], 2]);
  });

  test('a wait for more ends by its signal, by leaving, and by the end', async () => {
    const log = new OutputLog(100);
    const controller = new AbortController();
    const aborted = failureOf(log.lines({ signal: controller.signal }).next());
    const left = log.lines();
    const leaving = left.next();
    const ended = log.lines().next();
    controller.abort(new Error('enough'));
    expect((await aborted).message).toBe('enough');
    await left.return();
    expect(await leaving).toEqual({ done: true, value: undefined });
    log.close();
    expect(await ended).toEqual({ done: true, value: undefined });
  });

  test('waits for a line that matches: one that is there, one that comes, or the end', async () => {
    const log = new OutputLog(100);
    log.push(bytes('port 80\n'));
    expect(await log.waitForLine(/port/g)).toBe('port 80');
    const coming = log.waitForLine(/ready$/g);
    const never = failureOf(log.waitForLine(/never/));
    log.push(bytes('almost read'));
    await microtasks(10);
    log.push(bytes('y\nnot ready, ready\n'));
    expect(await coming).toBe('almost ready');
    log.close();
    expect(await never).toBeInstanceOf(ChannelClosedError);
    await expect(log.waitForLine(/x/, { timeout: -1 })).rejects.toThrow(RangeError);
    await expect(log.waitForLine('x' as never)).rejects.toThrow(TypeError);
  });
});
