// The module hooks behind ts-loader.mjs: erases the types of `.ts` files with esbuild as they are loaded.
// https://nodejs.org/api/module.html#loadurl-context-nextload
//
// Every thread has hooks of its own, and every esbuild a process: what one of them has made is kept for the others.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const KEPT = fileURLToPath(new URL('../../node_modules/.cache/ts-loader/', import.meta.url));

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !/\.m?ts$/.test(new URL(url).pathname)) return nextLoad(url, context);
  const path = fileURLToPath(url);
  const { mtimeMs, size } = await stat(path);
  const kept = `${KEPT}${createHash('sha1').update(`${path} ${mtimeMs} ${size}`).digest('hex')}.js`;
  const source = await readFile(kept, 'utf8').catch(() => keep(kept, path));
  return { format: 'module', source, shortCircuit: true };
}

/** @param {string} kept @param {string} path */
async function keep(kept, path) {
  const { transform } = await import('esbuild');
  const { code } = await transform(await readFile(path, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    sourcefile: path,
  });
  await mkdir(KEPT, { recursive: true });
  // Nobody sees a file that is written in part.
  const draft = `${kept}.${process.pid}.${Math.random()}`;
  await writeFile(draft, code);
  await rename(draft, kept);
  return code;
}
