/** What a body gets, and what reaches it from outside while its schedule runs. */
import { Flag } from './lane.ts';
import type { BatchItem } from './protocol.ts';
import type { Puppet } from './puppet.ts';
import type { LogValue, ThreadContext } from './scenario.ts';

/** The signal of a body, and the deaths that it is told of. New for every schedule. */
export class BodyEvents {
  #abortController: AbortController | undefined;
  #announceDeath: ((thread: number | undefined) => void) | undefined;

  get signal(): AbortSignal {
    return (this.#abortController ??= new AbortController()).signal;
  }

  abort(): void {
    (this.#abortController ??= new AbortController()).abort();
  }

  nextDeath(): Promise<number | undefined> {
    return new Promise((resolve) => (this.#announceDeath = resolve));
  }

  announceDeath(thread: number | undefined): void {
    this.#announceDeath?.(thread);
  }
}

/** What a body, or `attach`, gets. Notes for the next report what it makes use of. */
export function bodyContext(
  puppet: Puppet,
  { buffer, shared }: BatchItem,
  local: unknown,
  events: BodyEvents,
): ThreadContext<unknown, unknown> {
  const { control, thread } = puppet;
  return {
    thread,
    buffer,
    shared,
    local,
    get scratch(): Int32Array {
      puppet.flags |= Flag.usesScratch;
      return control.scratch;
    },
    get signal(): AbortSignal {
      puppet.flags |= Flag.usesSignal;
      puppet.usedEventLoop = true;
      return events.signal;
    },
    now: () => puppet.timers.now(),
    step: (label = 'step') => puppet.step(label),
    log: (entry: LogValue) => {
      if (puppet.dead) return;
      puppet.noted();
      control.write({ kind: 'log', thread, entry });
    },
    nextDeath: () => {
      puppet.flags |= Flag.awaitsDeath;
      puppet.usedEventLoop = true;
      return events.nextDeath();
    },
  };
}
