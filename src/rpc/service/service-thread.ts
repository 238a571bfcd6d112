/** The thread's side of a service that has a thread of its own. */
import { toErrorRecord } from '../../channel/codec/error-record.ts';
import { Arena, useDefaultArena } from '../../memory/arena.ts';
import { runtime, type ThreadHost } from '../../runtime.ts';
import { Doorbell } from '../../signal/doorbell.ts';
import { expose } from '../expose.ts';
import type { PortLike } from '../port-connection.ts';
import { HostedService } from './hosted-service.ts';
import type { ServiceSetup } from './service-control.ts';

/** What the thread is told when it starts. */
export interface ServiceThreadSetup {
  readonly arena: SharedArrayBuffer;
  /** The thread's place in the arena. */
  readonly place: number;
}

/** What the thread says about itself, beside the calls that go over the same channel. */
export type FromServiceThread =
  | { readonly service: 'killable' }
  | { readonly service: 'fatal'; readonly error: unknown }
  | { readonly service: 'exiting'; readonly code: number };

export interface ToServiceThread {
  readonly service: 'leave';
}

/** Offers a service from this thread to its spawner. Called once. */
export function serveFromThread(host: ThreadHost): void {
  const { arena: buffer, place } = host.setup as ServiceThreadSetup;
  const arena = Arena.attach(buffer);
  useDefaultArena(arena);
  Doorbell.adopt(arena, place);
  const tell = (message: FromServiceThread): void => host.postMessage(message);
  host.onFatal((error) => {
    tell({ service: 'fatal', error: toErrorRecord(error) });
    void host.leave(1);
  });
  host.onExit((code) => tell({ service: 'exiting', code }));
  host.onMessage((message) => {
    if ((message as Partial<ToServiceThread> | null)?.service === 'leave') void host.leave(1);
  });
  expose(new ThreadedService({ leave: () => void host.leave(0) }, tell), portOf(host));
}

/** Once it has loaded its module, the thread prepares for being ended, which takes Deno a while. */
class ThreadedService extends HostedService {
  readonly #tell: (message: FromServiceThread) => void;

  constructor(place: { leave(): void }, tell: (message: FromServiceThread) => void) {
    super(place);
    this.#tell = tell;
  }

  override async load(setup: ServiceSetup): Promise<number | undefined> {
    try {
      return await super.load(setup);
    } finally {
      void runtime()
        .prepareForTermination()
        .then((isSure) => isSure && this.#tell({ service: 'killable' }));
    }
  }
}

/** The spawner, as what an object can be exposed to. */
function portOf(host: ThreadHost): PortLike {
  return {
    postMessage: (message, transfer) => host.postMessage(message, transfer),
    on: (type, listener) => {
      if (type === 'message') host.onMessage(listener);
    },
    off: () => {},
  };
}
