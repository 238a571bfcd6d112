/** Reveille on Bun: `import ... from 'reveille'` resolves here. */
import { installRuntime } from '../src/runtime.ts';
import { bunRuntime } from './bun-runtime.ts';

installRuntime(bunRuntime);

export * from '../src/index.ts';
