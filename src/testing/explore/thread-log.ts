/** What a thread wrote down of its last run. */
import type { Control } from './control.ts';
import { Flag, FLAGS, LOGGED } from './lane.ts';

export interface MadeOperation {
  readonly key: number;
  /** What the scratch words held after it, as a hash; undefined if the thread does not use them. */
  readonly scratch: number | undefined;
}

/** The operations that the thread made, in order. */
export function operationsOf(control: Control, thread: number, usesScratch: boolean): MadeOperation[] {
  const { words } = control;
  const count = words[control.lane(thread, LOGGED)] as number;
  const scratchAfter = (i: number): number =>
    i === count - 1 ? control.seen.scratch : (words[control.scratchAfter(thread, i)] as number);
  return Array.from({ length: count }, (_, i) => ({
    key: words[control.logged(thread, i)] as number,
    scratch: usesScratch ? scratchAfter(i) : undefined,
  }));
}

/** Whether the thread noted something before it came to an operation. */
export function hasNotes(control: Control, thread: number): boolean {
  return ((control.words[control.lane(thread, FLAGS)] as number) & Flag.notes) !== 0;
}
