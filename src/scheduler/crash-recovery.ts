/** What becomes of the tasks of a thread that has died. */
import { ThreadCrashedError } from '../errors.ts';
import { CARRIER_MESSAGE, TASK, taskOf } from './layout.ts';
import { NO_SLOT, type RunControl } from './run-control.ts';
import type { TaskLedger } from './task-ledger.ts';

/**
 * A thread has ended: what it had claimed is run again where that was asked for, and fails otherwise. Its completions
 * must have been taken before.
 */
export function recoverFromCrash(
  ledger: TaskLedger,
  thread: number,
  exitCode: number | undefined,
  why: string,
  cause: unknown,
): void {
  const { slots, figures } = ledger;
  for (const slot of slots.claimedBy(thread)) {
    const control = slots.controls[slot];
    const settle = slots.settles[slot];
    const name = control?.name ?? ledger.nameOfSlot(slot);
    figures.crashed++;
    // It may have died with a result half written.
    slots.noteBlocks(slot);
    if (settle !== undefined && control !== undefined && runAgain(ledger, slot, control)) continue;
    slots.free(slot);
    if (settle === undefined) continue;
    control?.answered();
    ledger.reject(
      settle,
      new ThreadCrashedError({ task: name, threadIndex: thread, exitCode }, why, { cause }),
      'failed',
    );
  }
  ledger.onRoom();
}

/** Queues a task once more. False when it may not be, or its arguments are gone with the thread. */
function runAgain(ledger: TaskLedger, slot: number, control: RunControl): boolean {
  const { saved, message, settle, retriesLeft } = control;
  if (retriesLeft === 0 || settle === undefined || (saved === undefined && message === undefined)) return false;
  control.retriesLeft--;
  const { region, slots, backlog } = ledger;
  const task = taskOf(region.i32[region.slot(slot) + TASK] as number);
  slots.detach(slot, control);
  slots.free(slot);
  backlog.adopt(saved?.carrier ?? CARRIER_MESSAGE, saved?.number ?? 0, saved?.bytes);
  control.slot = NO_SLOT;
  control.place = backlog.push(task, saved?.carrier ?? CARRIER_MESSAGE, settle, control);
  return true;
}
