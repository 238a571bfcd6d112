import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, sourceFiles } from './_sources.ts';

type Target = string | null | { readonly [condition: string]: Target };

const manifest = JSON.parse(read('package.json')) as {
  version: string;
  exports: Record<string, Target>;
  bin: Record<string, string>;
  files: string[];
};

describe('package.json', () => {
  test('every export leads to a file that the build makes', () => {
    const scripts = targets(manifest.exports).filter((path) => path.endsWith('.js') && !path.includes('*'));
    expect(scripts.length).toBeGreaterThan(0);
    expect([...scripts, ...Object.values(manifest.bin)].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('types come first under every condition, or TypeScript would not see them', () => {
    const branches = Object.values(manifest.exports).flatMap(branchesWithTypes);
    expect(branches.length).toBeGreaterThan(0);
    expect(branches.filter((branch) => Object.keys(branch)[0] !== 'types')).toEqual([]);
  });

  test('Deno and Bun are asked before Node, whose condition they match too', () => {
    expect(Object.keys(manifest.exports['.'] as object)).toEqual(['deno', 'bun', 'node', 'default']);
  });

  test('every source that runs in a thread is built to the same depth', () => {
    const entries = sourceFiles(['workers']).map(({ path }) => `dist/${path.replace(/\.ts$/, '.js')}`);
    expect(entries.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('the change log knows this version', () => {
    expect(read('CHANGELOG.md')).toContain(`## [${manifest.version}]`);
  });
});

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function targets(target: Target): string[] {
  if (target === null) return [];
  return typeof target === 'string' ? [target] : Object.values(target).flatMap(targets);
}

function branchesWithTypes(target: Target): object[] {
  if (target === null || typeof target === 'string') return [];
  return 'types' in target ? [target] : Object.values(target).flatMap(branchesWithTypes);
}
