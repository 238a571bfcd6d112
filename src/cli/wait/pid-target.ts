import { isProcessRunning, readProcessStat } from '../../process/is-process-running.ts';
import { Lookout } from '../../process/lookout.ts';
import { type Target, watchFrom } from './target.ts';

/** `pid:N`: the process that has the number now has ended. Nothing in JavaScript tells of that, so it looks. */
export function pidTarget(text: string, pid: number): Target {
  return {
    text,
    wait(limits) {
      const began = readProcessStat(pid)?.startTime;
      // Another one may get the number.
      const isGone = (): boolean => !isProcessRunning(pid) || readProcessStat(pid)?.startTime !== began;
      const lookout = new Lookout(text, () => (isGone() ? { found: true } : { lacks: 'is still running' }));
      return watchFrom(lookout, limits);
    },
  };
}
