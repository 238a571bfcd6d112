/** Who listens on a port, on macOS and other systems that have `lsof` (https://lsof.readthedocs.io/en/latest/manpage/). */
import type { PortOwner } from '../errors.ts';
import { runTool } from './run-tool.ts';

/** Rejects if there is no `lsof`, or if it finds nobody. */
export async function ownerByLsof(port: number): Promise<PortOwner | undefined> {
  const owner = readLsof(await runTool('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']));
  if (owner === undefined) return undefined;
  // lsof knows the program's name only.
  const command = await runTool('ps', ['-o', 'command=', '-p', `${owner.pid}`]).catch(() => '');
  return command.trim() === '' ? owner : { pid: owner.pid, command: command.trim() };
}

/** Reads lines of one letter and a value: `p` begins a process, `c` is its name. */
export function readLsof(text: string): PortOwner | undefined {
  const pid = Number(/^p(\d+)$/m.exec(text)?.[1]);
  if (!(pid > 0)) return undefined;
  return { pid, command: /^c(.*)$/m.exec(text)?.[1] ?? '' };
}
