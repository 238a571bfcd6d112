#!/usr/bin/env node
/** The command `reveille` on whichever runtime runs it: picks the adapter, hands the process to `main`. */
import process from 'node:process';
import { main } from '../src/cli/main.ts';

const onDeno = 'Deno' in globalThis;
const engine = await (onDeno ? import('./deno.ts') : 'Bun' in globalThis ? import('./bun.ts') : import('./node.ts'));
const inDist = import.meta.url.endsWith('.js');

const code = await main(
  process.argv.slice(2),
  {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    runScript: onDeno ? [process.execPath, 'run', '-A'] : [process.execPath],
    packageRoot: new URL(inDist ? '../../' : '../', import.meta.url),
  },
  engine,
);
// What is still open now is at most the rest of an input that nobody wants.
process.exit(code);
