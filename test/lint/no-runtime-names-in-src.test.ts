import rule from './no-runtime-names-in-src.mjs';
import { tester } from './_rule-tester.ts';

const global = [{ messageId: 'global' }];
const module = [{ messageId: 'module' }];

tester.run('no-runtime-names-in-src', rule, {
  valid: [
    'import { runtime } from "./runtime.ts"; runtime().setTimer(callback, 5);',
    'const process = 1; use(process);',
    'stats.process; const { Buffer } = types;',
    'new TextDecoder(); new AbortController(); structuredClone(1); queueMicrotask(f);',
    'function module(module: URL | string) { return module; }',
    { code: 'import { createReadStream } from "node:fs";', options: [{ nodeModules: true }] },
    { code: 'import { wrap } from "comlink";', options: [{ packages: ['comlink'] }] },
  ],
  invalid: [
    { code: 'process.exit(1);', errors: global },
    { code: 'globalThis.process?.exit(1);', errors: global },
    { code: 'if (typeof Deno !== "undefined") use();', errors: global },
    { code: 'Bun.gc();', errors: global },
    { code: 'Buffer.from(bytes);', errors: global },
    { code: 'setTimeout(callback, 5);', errors: global },
    { code: 'performance.now();', errors: global },
    { code: 'import { readFile } from "node:fs/promises";', errors: module },
    { code: 'import { readFile } from "fs/promises";', options: [{ nodeModules: true }], errors: module },
    { code: 'import { wrap } from "birpc";', options: [{ packages: ['comlink'] }], errors: module },
    { code: 'export * from "bun:ffi";', errors: module },
    { code: 'await import("node:os");', errors: module },
    { code: 'process.exit(1);', options: [{ nodeModules: true }], errors: global },
  ],
});
