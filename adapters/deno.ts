/** Reveille on Deno: `import ... from 'reveille'` resolves here. */
import { installRuntime } from '../src/runtime.ts';
import { denoRuntime } from './deno-runtime.ts';

installRuntime(denoRuntime);

export * from '../src/index.ts';
