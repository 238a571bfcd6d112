/** Who listens on a port, on Windows (https://learn.microsoft.com/windows-server/administration/windows-commands/netstat). */
import type { PortOwner } from '../errors.ts';
import { runTool } from './run-tool.ts';

/** Rejects if the tools are not there. */
export async function ownerByNetstat(port: number): Promise<PortOwner | undefined> {
  const pid = readNetstat(await runTool('netstat', ['-ano']), port);
  if (pid === undefined) return undefined;
  const query = `(Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}').CommandLine`;
  const command = await runTool('powershell', ['-NoProfile', '-NonInteractive', '-Command', query]).catch(() => '');
  return { pid, command: command.trim() };
}

/**
 * The process of the line of who listens. That is told by its foreign address, which is nobody's: the name of the state
 * is in the language of the system.
 */
export function readNetstat(text: string, port: number): number | undefined {
  for (const line of text.split('\n')) {
    const [protocol, local = '', foreign = '', ...rest] = line.trim().split(/\s+/);
    if (protocol !== 'TCP' || !local.endsWith(`:${port}`) || !/^(0\.0\.0\.0|\[::\]):0$/.test(foreign)) continue;
    const pid = Number(rest.at(-1));
    if (pid > 0) return pid;
  }
  return undefined;
}
