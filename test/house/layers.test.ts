import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, sourceFiles, type SourceFile } from './_sources.ts';

/** From the bottom up: a layer imports from itself and from those before it. ARCHITECTURE.md says what each is for. */
const LAYERS = [
  'src/errors/',
  'src/errors.ts',
  'src/runtime.ts',
  'src/memory/',
  'src/signal/',
  'src/channel/',
  'src/pacing/',
  'src/lifecycle/',
  'src/scheduler/',
  'src/process/',
  'src/rpc/',
  'src/session/',
  'src/exchange/',
  'src/observe/',
  'src/testing/',
  'src/cli/',
  // The public surfaces: they only gather what the layers above offer.
  'src/process.ts',
  'src/rpc.ts',
  'src/task.ts',
  'src/testing.ts',
  'src/index.ts',
  'adapters/',
  'workers/',
];

/**
 * Layers from which only some may import, though they come first: each would tie the core to something it must not
 * need.
 */
const PRIVATE_LAYERS = new Map([
  ['src/cli/', ['adapters/']],
  ['src/testing/', ['src/testing.ts', 'workers/']],
  ['src/testing.ts', ['adapters/']],
]);

const files = sourceFiles(['src', 'adapters', 'workers']);

describe('layers', () => {
  test('every source file belongs to a layer', () => {
    expect(files.filter(({ path }) => layerOf(path) === -1).map(({ path }) => path)).toEqual([]);
  });

  test('a file imports only from its own layer and those below it', () => {
    const offences = edges(files).filter(([from, to]) => layerOf(to) > layerOf(from));
    expect(offences.map(([from, to]) => `${from} imports ${to}`)).toEqual([]);
  });

  test('the core imports neither the command nor what is for tests', () => {
    const offences = edges(files).filter(([from, to]) => {
      const layer = LAYERS[layerOf(to)] ?? '';
      const importers = PRIVATE_LAYERS.get(layer);
      return importers !== undefined && ![layer, ...importers].includes(LAYERS[layerOf(from)] ?? '');
    });
    expect(offences.map(([from, to]) => `${from} imports ${to}`)).toEqual([]);
  });

  test('every import names a file that is there, with its extension', () => {
    const missing = edges(files).filter(([, to]) => !existsSync(join(ROOT, to)) || !/\.ts$/.test(to));
    expect(missing.map(([from, to]) => `${from} imports ${to}`)).toEqual([]);
  });

  // Types are erased: two files may know each other's types, but not need each other to load.
  test('no file needs itself, through others, to load', () => {
    expect(cycles(files).map((cycle) => cycle.join(' -> '))).toEqual([]);
  });

  test('no file is a drawer for odds and ends', () => {
    const drawers = files.filter(({ path }) => /(^|[/-])(utils?|helpers?|common|misc)(\.ts|\/|-)/.test(path));
    expect(drawers.map(({ path }) => path)).toEqual([]);
  });

  test('file names are kebab-case', () => {
    const odd = files.filter(
      ({ path }) => !path.split('/').every((part) => /^[a-z0-9]+(-[a-z0-9]+)*(\.ts)?$/.test(part)),
    );
    expect(odd.map(({ path }) => path)).toEqual([]);
  });

  test('the shipped code imports only the packages that it names, and built-in modules by their node: name', () => {
    const known = ['comlink', 'msgpackr', 'piscina'];
    const offences = files.flatMap(({ path, packages }) =>
      packages
        .filter((name) => !name.startsWith('node:') && !known.includes(name))
        .map((name) => `${path} imports ${name}`),
    );
    expect(offences).toEqual([]);
  });
});

function layerOf(path: string): number {
  return LAYERS.findIndex((layer) => path === layer || (layer.endsWith('/') && path.startsWith(layer)));
}

function edges(sources: readonly SourceFile[]): [from: string, to: string][] {
  return sources.flatMap(({ path, imports }) => imports.map((to): [string, string] => [path, to]));
}

/** The cycles that a depth-first walk of the imports closes, each once. */
function cycles(sources: readonly SourceFile[]): string[][] {
  const imports = new Map(sources.map((source) => [source.path, source.loads]));
  const finished = new Set<string>();
  const found: string[][] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path]);
    if (finished.has(path) || trail.includes(path)) return;
    for (const next of imports.get(path) ?? []) walk(next, [...trail, path]);
    finished.add(path);
  };
  for (const { path } of sources) walk(path, []);
  return found;
}
