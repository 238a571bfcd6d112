import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What the machine itself can do, by a C program, where there are a C compiler and Linux's futex; nothing elsewhere.
 * @returns {import('../contract.ts').MachineLimit[]}
 */
export function measureLimits() {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-bench-'));
  try {
    const program = join(folder, 'limits');
    const source = fileURLToPath(new URL('limits.c', import.meta.url));
    if (spawnSync('cc', ['-O2', '-pthread', source, '-o', program], { stdio: 'ignore' }).status !== 0) return [];
    const { stdout, status } = spawnSync(program, { encoding: 'utf8', timeout: 60_000 });
    return status === 0 ? parse(stdout) : [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} output lines of name, value and unit, with tabs between */
function parse(output) {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', value, unit = ''] = line.split('\t');
      return { name, value: Number(value), unit };
    });
}
