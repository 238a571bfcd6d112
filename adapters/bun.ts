/** Reveille on Bun: `import ... from 'reveille'` resolves here. */
import { installBun } from './bun-runtime.ts';

installBun();

export * from '../src/index.ts';
