import { defineConfig } from 'tsup';

/**
 * dist mirrors the sources' depth (dist/adapters, dist/src, dist/workers, dist/chunks): `new URL('../workers/x.js',
 * import.meta.url)` then holds from any of them, also from a shared chunk. Splitting keeps one copy of each class,
 * whichever of the package's entries a program imports.
 */
const config: ReturnType<typeof defineConfig> = defineConfig((overrides) => ({
  entry: ['adapters/{node,deno,bun,cli,piscina}.ts', 'src/task.ts', 'workers/*.ts'],
  format: 'esm',
  target: 'es2022',
  platform: 'node',
  splitting: true,
  // Without its prefix, a built-in could be shadowed by a package of that name.
  removeNodeProtocol: false,
  tsconfig: 'tsconfig.package.json',
  dts: overrides.dts ?? true,
  sourcemap: true,
  clean: true,
  silent: true,
  esbuildOptions(options) {
    options.outbase = '.';
    options.chunkNames = 'chunks/[name]-[hash]';
  },
}));

export default config;
