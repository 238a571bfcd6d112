/** The process's side of a service that has a process of its own. */
import { pid } from 'node:process';
import { runtime } from '../../runtime.ts';
import type { Connection } from '../connection.ts';
import { expose } from '../expose.ts';
import { connectParent } from '../process-connection.ts';
import { addressText, netAddress } from '../socket-address.ts';
import { listen } from '../socket-server.ts';
import { watchEnd } from '../watched-connection.ts';
import { HostedService } from './hosted-service.ts';
import type { ServiceSetup } from './service-control.ts';

/** How long a server that is left behind is given to stop when it is asked to. */
const ORPHAN_STOP_MS = 1_000;

/** What a service says of itself to who proves that it knows its secret. */
export interface ServiceIdentity {
  readonly pid: number;
  readonly name: string;
  /** Where it listens. */
  readonly address: string;
  /** Whether the one that started it is gone. */
  readonly isOrphan: boolean;
}

/** What can be asked by who knows its secret. */
export interface IdentityDoor {
  who(): ServiceIdentity;
  /** Ends the service and its process. */
  end(): Promise<void>;
}

/**
 * Offers a service from this process to the one that started it, and ends with that, unless it is to stay. Called once.
 */
export async function serveFromProcess(): Promise<void> {
  let isOrphan = false;
  let mayOutlive = false;
  // The answer to the one who asked is on its way: it has this turn of the event loop.
  const leave = (): void => runtime().defer(() => runtime().exit(0));
  const proveIdentity = async (setup: ServiceSetup, service: HostedService): Promise<number> => {
    const door: IdentityDoor = {
      who: () => ({ pid, name: setup.name, address: addressText(netAddress(setup.listen ?? {}, 0)), isOrphan }),
      async end() {
        await service.drain(0);
        await service.stop(ORPHAN_STOP_MS);
        leave();
      },
    };
    const onConnection = (connection: Connection): void => expose(door, connection);
    const server = await listen({ port: 0, secret: setup.identity, onConnection });
    server.unref();
    mayOutlive = setup.outlivesParent;
    return server.port as number;
  };
  const service = new HostedService({ proveIdentity, leave });
  const parent = watchEnd(await connectParent(), () => {
    isOrphan = true;
    if (!mayOutlive) runtime().exit(1);
  });
  expose(service, parent);
}
