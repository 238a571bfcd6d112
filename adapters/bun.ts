/** Reveille on Bun: `import ... from 'reveille'` resolves here. */
import { tuneCodec } from './codec-tuning.ts';
import { installBun } from './bun-runtime.ts';

installBun();
tuneCodec('bun');

export * from '../src/index.ts';
