import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { runExample } from './_run-example.ts';

/** A folder with these files, gone when the test is over. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-weigh-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const FILES = {
  'node_modules/a/index.js': 'export const a = 1;\n'.repeat(5_000),
  'node_modules/@s/b/lib/b.js': 'module.exports = 2;\n'.repeat(500),
  'node_modules/@s/b/package.json': '{}',
};

test('weighs every file, once on all threads and once on one, and leaves nothing behind', async () => {
  const folder = folderWith(FILES);
  const manifest = join(folder, 'manifest.ndjson');
  const { code, stdout, stderr } = await runExample('weigh/main.mjs', [
    join(folder, 'node_modules'),
    '--threads',
    '2',
    '--manifest',
    manifest,
  ]);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^3 files in /);
  expect(stdout).toMatch(/^a +1 +0\.10 /m);
  expect(stdout).toMatch(/^@s\/b +2 +0\.01 /m);
  expect(stdout).toMatch(/^all 2 packages +3 +0\.11 /m);
  expect(stdout).toMatch(/^2 threads +[\d.]+ s$/m);
  expect(stdout).toMatch(/^1 thread +[\d.]+ s +[\d.]+ times as long$/m);
  expect(stdout).toContain(', the same both times\n');
  const clean = /clean; tasks: 3 completed, 0 failed, 0 cancelled; left behind: 0 threads, 0 bytes/g;
  expect(stdout.match(clean)?.length).toBe(2);
  expect(code).toBe(0);
  const lines = readFileSync(manifest, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const content = FILES['node_modules/a/index.js'];
  expect(lines.find(({ path }) => path === join(folder, 'node_modules/a/index.js'))).toMatchObject({
    bytes: content.length,
    gzip: gzipSync(content).length,
    sha256: createHash('sha256').update(content).digest('hex'),
  });
});

test('says what a limit leaves out', async () => {
  const folder = folderWith(FILES);
  const { code, stdout } = await runExample('weigh/main.mjs', [join(folder, 'node_modules'), '--limit', '1']);
  expect(stdout).toContain('left out by --limit: the 2 smallest files, 0.01 MB\n');
  expect(code).toBe(0);
});
