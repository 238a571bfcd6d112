import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig, type Options } from 'tsup';

type EsbuildPlugin = NonNullable<Options['esbuildPlugins']>[number];

/**
 * What is to be one file, and which entries import all of it. A thread's start is the time it takes to find, read and
 * link its files and to compile them, so what it starts on is one file, and what it loads next is another.
 */
const WHOLES: Record<string, RegExp> = {
  'workers/thread':
    /\/(adapters\/(node|deno|bun|cli|piscina|process|rpc|testing)|src\/(task|rpc\/socket-server|rpc\/service\/service-(process|thread))|workers\/(node|deno|bun|service|serving|primitives))\.ts$/,
  'workers/serving':
    /\/(adapters\/(node|deno|bun|cli|piscina|process|rpc|testing)|src\/rpc\/(socket-server|service\/service-(process|thread))|workers\/(service|primitives))\.ts$/,
};

/**
 * dist mirrors the sources' depth (dist/adapters, dist/src, dist/workers, dist/chunks): `new URL('../workers/x.js',
 * import.meta.url)` then holds from any of them, also from a shared chunk. Splitting keeps one copy of each class,
 * whichever of the package's entries a program imports.
 */
const config: ReturnType<typeof defineConfig> = defineConfig((overrides) => ({
  entry: ['adapters/{node,deno,bun,cli,piscina,process,rpc,testing}.ts', 'src/task.ts', 'workers/*.ts'],
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
  esbuildPlugins: [wholes()],
  esbuildOptions(options) {
    options.outbase = '.';
    options.chunkNames = 'chunks/[name]-[hash]';
    // A third of the text, and 4 % of a thread's start. Lines keep their sense in stack traces, and names.
    options.minifyWhitespace = true;
    options.lineLimit = 120;
  },
  onSuccess: async () => {
    for (const whole of Object.keys(WHOLES)) await absorbChunk('dist', `${whole}.js`);
  },
}));

export default config;

/** Modules share a chunk if the same entries import them: this makes the entries import the whole of a whole. */
function wholes(): EsbuildPlugin {
  return {
    name: 'wholes',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const more = Object.keys(WHOLES).filter((whole) => WHOLES[whole]?.test(path));
        if (more.length === 0) return undefined;
        const imports = more.map((whole) => `import ${JSON.stringify(join(import.meta.dirname, `${whole}.ts`))};`);
        return { contents: [await readFile(path, 'utf8'), ...imports].join('\n'), loader: 'ts' };
      });
    },
  };
}

/** Puts a chunk in the place of the entry that does nothing but import it. */
async function absorbChunk(folder: string, entry: string): Promise<void> {
  const stub = await readFile(join(folder, entry), 'utf8');
  const [chunk, ...others] = new Set(stub.match(/chunk-\w+\.js(?=")/g));
  if (chunk === undefined || others.length > 0) throw new Error(`Expected ${entry} to be in one chunk, got: ${stub}`);
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.js'));
  await rename(join(folder, 'chunks', chunk), join(folder, entry));
  await rename(join(folder, 'chunks', `${chunk}.map`), join(folder, `${entry}.map`));
  for (const file of files.filter((name) => name !== join('chunks', chunk))) {
    const text = await readFile(join(folder, file), 'utf8');
    const moved = text
      .replace(new RegExp(`"\\.{1,2}/(chunks/)?${chunk}"`, 'g'), `"../${entry}"`)
      .replace(`//# sourceMappingURL=${chunk}.map`, `//# sourceMappingURL=${entry.split('/').at(-1) ?? ''}.map`)
      // In the chunk itself, which came from the folder beside.
      .replace(/"\.\/(chunk-\w+\.js)"/g, file === entry ? '"../chunks/$1"' : '"./$1"');
    if (moved !== text) await writeFile(join(folder, file), moved);
  }
}
