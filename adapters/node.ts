/** Reveille on Node: `import ... from 'reveille'` resolves here. */
import { tuneCodec } from './codec-tuning.ts';
import { installNode } from './node-runtime.ts';

installNode();
tuneCodec('node');

export * from '../src/index.ts';
