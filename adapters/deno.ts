/** Reveille on Deno: `import ... from 'reveille'` resolves here. */
import { installDeno } from './deno-runtime.ts';

installDeno();

export * from '../src/index.ts';
