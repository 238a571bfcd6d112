/** Says of a schedule in which nobody can go on what each thread waits for. */
import { OPERATION_NAMES } from './lane.ts';
import type { ThreadState } from './thread-state.ts';
import type { WaiterLists } from './waiter-lists.ts';

export function describeStuck(
  threads: readonly ThreadState[],
  waiters: WaiterLists,
  buffer: SharedArrayBuffer | undefined,
): string {
  const word = (offset: number): string =>
    `@${offset} = ${buffer === undefined ? '' : new DataView(buffer).getInt32(offset, true)}`;
  const lines = threads.map((state, thread) => {
    if (state.done || state.status === 'dead') return '';
    if (state.status === 'blocked') return `thread ${thread} blocks in wait on ${word(state.offset)}`;
    if (state.status === 'pending') return `thread ${thread} is at ${OPERATION_NAMES[state.operation]}`;
    const awaited = waiters.wordsOf(thread).map(word);
    return `thread ${thread} awaits ${awaited.join(', ') || 'a promise that nothing will resolve'}`;
  });
  return lines.filter(Boolean).join('; ');
}
