import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/**
 * Makes a checkout of knitting fit to run: Deno and Bun read its TypeScript, Node gets it compiled, as its package
 * has it.
 * @param {string} checkout
 * @returns {{ folderFor(runtime: string): string, remove(): void }}
 */
export function prepareKnitting(checkout) {
  if (!existsSync(join(checkout, 'knitting.ts'))) {
    throw new Error(`Cannot find knitting.ts in ${checkout}: --knitting takes a checkout of its repository`);
  }
  const compiled = mkdtempSync(join(tmpdir(), 'reveille-bench-knitting-'));
  const compiler = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
  const project = join(checkout, 'tsconfig.npm.json');
  // It lacks its development dependencies, so there will be complaints about types; what counts is what comes out.
  spawnSync(process.execPath, [compiler, '-p', project, '--noCheck', '--declaration', 'false', '--outDir', compiled]);
  if (!existsSync(join(compiled, 'knitting.js'))) throw new Error(`Cannot compile knitting in ${checkout}`);
  writeFileSync(join(compiled, 'package.json'), '{"type":"module"}');
  return {
    folderFor: (runtime) => (runtime === 'node' ? compiled : checkout),
    remove: () => rmSync(compiled, { recursive: true, force: true }),
  };
}
