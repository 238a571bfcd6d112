/** `reveille bench`: runs the benchmark of a checkout. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runtime } from '../runtime.ts';
import { UNUSABLE } from './exit-code.ts';
import type { CommandIo } from './io.ts';

/** Hands `argv` to the benchmark and returns its exit code. */
export async function bench(argv: readonly string[], io: CommandIo): Promise<number> {
  const script = fileURLToPath(new URL('bench/run.mjs', io.packageRoot));
  if (!existsSync(script)) {
    io.stderr.write(
      'The benchmark is not part of the installed package, as it needs the peers that it measures: ' +
        'clone the repository of Reveille and run `npm ci && npm run bench` there\n',
    );
    return UNUSABLE;
  }
  const [executable, ...flags] = io.runScript;
  // Ctrl-C reaches the benchmark as well; this process waits for it to end.
  const unlisten = runtime().onSignal('SIGINT', () => {});
  try {
    return await new Promise<number>((resolve, reject) => {
      const child = spawn(executable, [...flags, script, ...argv], { stdio: 'inherit' });
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
    });
  } finally {
    unlisten();
  }
}
