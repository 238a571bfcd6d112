// A test that waits for something which happens in the background: a writer that stores a report a little later.
//
//   before   sleeps as long as it has ever taken, and hopes: slow each time, and wrong on a slow day
//   after    waits for the file itself, and says what it saw if it does not come
import { strictEqual } from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitForFile } from 'reveille/testing';

/**
 * What is tested: it answers at once, and writes the report `delay` milliseconds later.
 *
 * @param {string} path
 * @param {number} delay
 */
function storeReport(path, delay) {
  const write = () => writeFile(path, '3 items\n');
  if (delay === 0) return void write();
  const timer = setTimeout(write, delay);
  return () => clearTimeout(timer);
}

/** @param {number} [delay] @returns {Promise<{ passed: boolean, milliseconds: number }>} */
export function before(delay = 0) {
  return timed(delay, async (path) => {
    await sleep(200);
    strictEqual(await readFile(path, 'utf8'), '3 items\n');
  });
}

/** @param {number} [delay] @returns {Promise<{ passed: boolean, milliseconds: number }>} */
export function after(delay = 0) {
  return timed(delay, async (path) => {
    strictEqual(await waitForFile(path, { content: '\n' }), '3 items\n');
  });
}

/**
 * Runs a test with the path of a report that is on its way.
 *
 * @param {number} delay
 * @param {(path: string) => Promise<void>} test
 */
async function timed(delay, test) {
  const folder = await mkdtemp(join(tmpdir(), 'reveille-report-'));
  const path = join(folder, 'report.txt');
  const began = performance.now();
  const giveUp = storeReport(path, delay);
  try {
    await test(path);
    return { passed: true, milliseconds: performance.now() - began };
  } catch {
    return { passed: false, milliseconds: performance.now() - began };
  } finally {
    giveUp?.();
    await rm(folder, { recursive: true, force: true });
  }
}
