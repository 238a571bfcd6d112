/**
 * What a search has learned of a scenario: which words its threads conflict over, which are waited on, who uses a
 * signal. It decides where schedules have their points: a schedule can be run again only with the same knowledge.
 */
import { type Control, DISCOVERED } from './control.ts';

const TWO_THREADS = 3;

/** Bit sets of threads. */
export interface Participants {
  readonly usesSignal: number;
  readonly mortals: number;
}

/** Notes that a thread accesses `size` bytes. True if threads conflict over them. */
export function noteAccess(control: Control, thread: number, offset: number, size: number, writes: boolean): boolean {
  const { readers, writers, words } = control;
  const last = (offset + size - 1) >> 2;
  let conflicted = false;
  for (let granule = offset >> 2; granule <= last; granule++) {
    const before = isConflicted(control, granule);
    readers[granule] = (readers[granule] as number) | (1 << thread);
    if (writes) writers[granule] = (writers[granule] as number) | (1 << thread);
    const after = isConflicted(control, granule);
    if (after && !before) words[DISCOVERED] = 1;
    conflicted ||= after;
  }
  return conflicted;
}

/** Whether anybody has ever waited on a word; with `waits`, somebody does now. */
export function noteWait({ waited, words }: Control, offset: number, waits: boolean): boolean {
  if (waited[offset >> 2] === 1) return true;
  if (waits) {
    waited[offset >> 2] = 1;
    words[DISCOVERED] = 1;
  }
  return waits;
}

function isConflicted({ readers, writers }: Control, granule: number): boolean {
  const users = readers[granule] as number;
  return writers[granule] !== 0 && (users & (users - 1)) !== 0;
}

export function formatKnowledge(control: Control, who: Participants): string {
  const indices = (holds: (granule: number) => boolean): string => [...control.readers.keys()].filter(holds).join(',');
  const conflicted = indices((granule) => isConflicted(control, granule));
  const awaited = indices((granule) => control.waited[granule] === 1);
  return [conflicted, awaited, who.usesSignal, who.mortals].join(' ');
}

/** Takes over what an earlier search learned; returns the rest of it. */
export function restoreKnowledge({ readers, writers, waited }: Control, text: string): Participants {
  const [conflicted = '', awaited = '', signals = '0', mortals = '0'] = text.split(' ');
  for (const granule of conflicted.split(',').filter(Boolean)) {
    readers[Number(granule)] = TWO_THREADS;
    writers[Number(granule)] = TWO_THREADS;
  }
  for (const granule of awaited.split(',').filter(Boolean)) waited[Number(granule)] = 1;
  return { usesSignal: Number(signals), mortals: Number(mortals) };
}

/** Makes every operation a scheduling point. */
export function assumeConflicts({ readers, writers, waited }: Control): void {
  readers.fill(TWO_THREADS);
  writers.fill(TWO_THREADS);
  waited.fill(1);
}
