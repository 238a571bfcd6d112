/**
 * A process and those that it has started, as one: on POSIX its process group, which it leads and its children inherit
 * (https://pubs.opengroup.org/onlinepubs/9699919799/functions/kill.html); on Windows its tree, which `taskkill` walks.
 *
 * One that makes a group or session of its own (`setsid`, a shell with job control, a managed process of a managed
 * process) has left the group. The last kind ends all the same, through its own guardian (`guardian.ts`).
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

/** Whether a process of this system has a group that can be signalled. */
export const hasGroups: boolean = process.platform !== 'win32';

/**
 * Sends a signal to all processes of the group that `leader` leads.
 *
 * @returns whether there was somebody to get it.
 */
export function signalGroup(leader: number, signal: NodeJS.Signals): boolean {
  if (!hasGroups) return taskkill(leader, signal);
  try {
    return process.kill(-leader, signal);
  } catch (error) {
    // EPERM: whoever is left may not be signalled, as one that runs as another user.
    if (codeOf(error) === 'ESRCH' || codeOf(error) === 'EPERM') return false;
    throw error;
  }
}

/**
 * Whether no process of the group is left. A zombie is none: it runs nothing and holds nothing, and whoever must take
 * note of its end (for an orphan the system's first process) may take a second for it.
 *
 * The leader must have ended and been noticed by this process: until then its number keeps the group's from being given
 * to another.
 */
export function isGroupGone(leader: number): boolean {
  if (!hasGroups) return true;
  try {
    process.kill(-leader, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return true;
    // Somebody is left whom this process may not signal; on macOS this is what a group of zombies says.
    if (codeOf(error) === 'EPERM' && process.platform !== 'linux') return true;
  }
  return process.platform === 'linux' && !hasLivingMember(leader);
}

/**
 * Looks through all processes: 3 ms for 150. Only asked where zombies or living ones are left of a group. Where it
 * cannot look (too many files are open), somebody may live.
 */
function hasLivingMember(group: number): boolean {
  try {
    return readdirSync('/proc').some((name) => /^\d+$/.test(name) && isLivingMember(name, group));
  } catch {
    return true;
  }
}

function isLivingMember(pid: string, group: number): boolean {
  try {
    // pid (name) state parent group ...: the name may contain anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', , groupOf] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(groupOf) === group && !'ZX'.includes(state);
  } catch {
    // Gone since.
    return false;
  }
}

/** Windows has no signals: a process is ended, or asked by a message to its windows, which most servers have not. */
function taskkill(pid: number, signal: NodeJS.Signals): boolean {
  const force = signal === 'SIGKILL' ? ['/F'] : [];
  spawn('taskkill', ['/PID', String(pid), '/T', ...force], { stdio: 'ignore', windowsHide: true }).on(
    'error',
    () => {},
  );
  return true;
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown }).code;
}
