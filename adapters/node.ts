/** Reveille on Node: `import ... from 'reveille'` resolves here. */
import { installNode } from './node-runtime.ts';

installNode();

export * from '../src/index.ts';
