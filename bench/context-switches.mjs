import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

/**
 * How often the threads of this process gave up a core (voluntary: a wait) and lost one (involuntary), since they
 * started.
 * Linux tells it for each thread that lives; elsewhere the process's own count must do.
 * @returns {{ voluntary: number, involuntary: number }}
 */
export function contextSwitches() {
  const threads = listThreads();
  if (threads === undefined) {
    const { voluntaryContextSwitches, involuntaryContextSwitches } = process.resourceUsage();
    return { voluntary: voluntaryContextSwitches, involuntary: involuntaryContextSwitches };
  }
  let voluntary = 0;
  let involuntary = 0;
  for (const thread of threads) {
    const status = readStatus(thread);
    voluntary += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    involuntary += Number(/^nonvoluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return { voluntary, involuntary };
}

function listThreads() {
  try {
    return readdirSync('/proc/self/task');
  } catch {
    return undefined;
  }
}

/** @param {string} thread */
function readStatus(thread) {
  try {
    return readFileSync(`/proc/self/task/${thread}/status`, 'utf8');
  } catch {
    // It ended between the listing and the look.
    return '';
  }
}
