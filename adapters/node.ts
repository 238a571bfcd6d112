/** Reveille on Node: `import ... from 'reveille'` resolves here. */
import { installRuntime } from '../src/runtime.ts';
import { nodeRuntime } from './node-runtime.ts';

installRuntime(nodeRuntime);

export * from '../src/index.ts';
