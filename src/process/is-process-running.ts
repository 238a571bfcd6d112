import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { kill } from 'node:process';

/**
 * Whether a process of that number runs. One that has ended and waits for its parent to ask how does not, where the
 * system tells (Linux).
 */
export function isProcessRunning(pid: number): boolean {
  try {
    kill(pid, 0);
  } catch (error) {
    // Somebody else's process is one, too.
    return (error as { code?: unknown }).code === 'EPERM';
  }
  const { state } = readProcessStat(pid) ?? {};
  return state !== 'Z' && state !== 'X';
}

/** What the kernel tells of a process. */
export interface ProcessStat {
  /** One letter; `Z` has ended and is not forgotten yet. */
  readonly state: string;
  /** When it was started: tells it from another one that got its number later. */
  readonly startTime: string;
}

/** On Linux, and while the process is there (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html). */
export function readProcessStat(pid: number): ProcessStat | undefined {
  if (platform() !== 'linux') return undefined;
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, which comes second and in brackets, may contain anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
