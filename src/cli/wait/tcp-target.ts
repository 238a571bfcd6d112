import { Lookout } from '../../process/lookout.ts';
import { lookForListener } from '../../process/wait-for-port-listen.ts';
import { type Target, watchFrom } from './target.ts';

/** `tcp:HOST:PORT`: somebody accepts connections. */
export function tcpTarget(text: string, port: number, host: string | undefined): Target {
  return {
    text,
    wait: (limits) => watchFrom(new Lookout(text, (signal) => lookForListener(port, host, signal)), limits),
  };
}
