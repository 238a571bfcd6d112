import { PortInUseError } from '../../errors.ts';
import { ownerInWords, waitForPortRelease } from '../../process/wait-for-port-release.ts';
import type { Target } from './target.ts';

/** `tcp-free:PORT`: a server could listen. */
export function tcpFreeTarget(text: string, port: number, host: string | undefined): Target {
  return {
    text,
    async wait(limits) {
      try {
        await waitForPortRelease(port, { ...limits, host });
        return undefined;
      } catch (error) {
        if (!(error instanceof PortInUseError)) throw error;
        return `is in use${ownerInWords(error.owner)}`;
      }
    },
  };
}
