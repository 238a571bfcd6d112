/** Reveille on Deno: `import ... from 'reveille'` resolves here. */
import { tuneCodec } from './codec-tuning.ts';
import { installDeno } from './deno-runtime.ts';

installDeno();
tuneCodec('deno');

export * from '../src/index.ts';
