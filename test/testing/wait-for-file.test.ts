import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import '../support/install-runtime.ts';
import { type FileOptions, waitForFile } from '../../src/testing/wait-for-file.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'reveille-file-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

describe('waitForFile', () => {
  test('resolves when a file is made, by path or URL', async () => {
    const path = join(folder(), 'ready');
    const waits = [waitForFile(path, { interval: false, timeout: Infinity }), waitForFile(pathToFileURL(path))];
    writeFileSync(path, '');
    await Promise.all(waits);
    await waitForFile(path, { timeout: 0 });
  });

  test('resolves when a file is made in folders that are not there yet', async () => {
    const top = folder();
    const path = join(top, 'a/b/ready');
    const wait = waitForFile(path, { interval: false, timeout: Infinity });
    mkdirSync(join(top, 'a'));
    mkdirSync(join(top, 'a/b'));
    writeFileSync(path, '');
    await wait;
  });

  test('resolves to the text once it fits', async () => {
    const path = join(folder(), 'log');
    const waits = [/on \d+\n/, 'listening', (text: string) => text.endsWith('!\n')].map((content) =>
      waitForFile(path, { content }),
    );
    writeFileSync(path, 'starting\n');
    appendFileSync(path, 'listening on 80\n');
    appendFileSync(path, 'ready!\n');
    expect(await waits[2]).toBe('starting\nlistening on 80\nready!\n');
    for (const text of await Promise.all(waits)) expect(text).toContain('listening on 80');
  });

  test('resolves when a file is gone, moved or removed', async () => {
    const path = join(folder(), 'lock');
    await waitForFile(path, { gone: true });
    for (const remove of [() => renameSync(path, `${path}.old`), () => rmSync(path)]) {
      writeFileSync(path, '');
      const wait = waitForFile(path, { gone: true });
      remove();
      await wait;
    }
  });

  test('says what was there instead', async () => {
    const path = join(folder(), 'log');
    writeFileSync(path, 'starting\n');
    const wait = waitForFile(path, { content: 'ready', timeout: 10 });
    await expect(wait).rejects.toThrow(/waitForFile: .*log to have the text 'ready' in it[^]*'starting\\n'$/);
    await expect(waitForFile(path, { gone: true, timeout: 10 })).rejects.toThrow(/'something there'$/);
  });

  test.each([
    [1, {}, /'path' to be a string/],
    ['x', { content: 1 }, /'content' to be a string, a RegExp or a function/],
    ['x', { gone: 1 }, /'gone' to be a boolean/],
    ['x', { gone: true, content: 'a' }, /either option/],
  ])('refuses %o with %o', async (path, options, message) => {
    await expect(waitForFile(path as string, options as FileOptions)).rejects.toThrow(message);
  });
});
