import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/**
 * Runs something while as many other processes as the machine has cores keep those busy.
 * @template T
 * @param {() => Promise<T>} run
 * @returns {Promise<T>}
 */
export async function withBurners(run) {
  const script = fileURLToPath(new URL('burner.mjs', import.meta.url));
  const args = 'Deno' in globalThis ? ['run', '--allow-all', '--no-lock', script] : [script];
  const burners = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  try {
    await Promise.all(burners.map((burner) => once(burner.stdout, 'data')));
    return await run();
  } finally {
    await Promise.all(
      burners.map((burner) => {
        const exited = once(burner, 'exit');
        burner.kill('SIGKILL');
        return exited;
      }),
    );
  }
}
