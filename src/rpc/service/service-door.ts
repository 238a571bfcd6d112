/**
 * The way to a service for other threads. What stays over the service's runs is a port to the thread that keeps it;
 * over that, a client asks for a connection to whatever run there is: an endpoint of its own, which is moved to it, or
 * an address to connect to.
 */
import { type Remote, releaseProxy, transfer } from 'comlink';
import { ServiceClosedError } from '../../errors.ts';
import { describe } from '../../signal/wait-options.ts';
import type { Connection } from '../connection.ts';
import { connectionOf, type Endpoint } from '../endpoint.ts';
import { expose } from '../expose.ts';
import type { PortLike } from '../port-connection.ts';
import { ReconnectingClient, type ReconnectOptions } from '../reconnecting-client.ts';
import { connect, type ConnectOptions } from '../socket-connection.ts';
import { watchEnd } from '../watched-connection.ts';
import { withCall } from '../with-call.ts';
import { wrap } from '../wrap.ts';
import type { ServiceLife } from './service-life.ts';

type Port = InstanceType<typeof MessagePort>;

/** What goes to the other thread: plain data, with a port to be moved. One client uses it. */
export interface ServiceDoor {
  readonly reveille: 'service';
  readonly port: Port;
}

interface DoorKeeper {
  /** A way to the run that is up, once one is. */
  open(): Promise<{ readonly endpoint: Endpoint } | { readonly address: ConnectOptions }>;
}

/** Opens a door to a service of this thread. It closes when its other end does. */
export function openDoor(life: ServiceLife): ServiceDoor {
  const { port1, port2 } = new MessageChannel();
  const keeper: DoorKeeper = {
    async open() {
      const { run, address } = await life.ready();
      const way = await run.endpoint();
      if (way !== undefined) return transfer({ endpoint: way.endpoint }, way.moved as never);
      if (address !== undefined) return { address };
      throw new ServiceClosedError('The service does not listen');
    },
  };
  // A door by itself keeps nobody: neither what is exposed there nor the port.
  expose(keeper, { ...watchEnd(connectionOf(port1), () => {}), ref: () => {}, unref: () => {} });
  (port1 as PortLike).unref?.();
  return { reveille: 'service', port: port2 };
}

/**
 * A client of a service that another thread of this process keeps. It stays the same over all runs of the service.
 *
 * @param door - what `door()` of the service gave, moved here
 * @throws {TypeError} if it is none, and for options that are wrong
 * @example
 * ```ts
 * worker.postMessage(door, [door.port]); // where the service is kept: const door = prices.door();
 *
 * const client = connectService<Prices>(door, { idempotent: ['quote'] });
 * console.log(await client.remote.quote('EUR'));
 * ```
 */
export function connectService<T>(
  door: ServiceDoor,
  options: Omit<ReconnectOptions<T>, 'connect'> = {},
): ReconnectingClient<T> {
  if ((door as Partial<ServiceDoor> | null)?.reveille !== 'service') {
    throw new TypeError(`Expected the door of a service, got ${describe(door)}`);
  }
  const keeper = wrap<DoorKeeper>(door.port);
  return new DoorClient<T>(keeper, {
    retryIf: (error) => !(error instanceof ServiceClosedError),
    ...options,
    connect: async (signal): Promise<Connection> => {
      const way = await withCall(keeper, { signal }).open();
      return 'address' in way ? await connect({ ...way.address, signal }) : connectionOf(way.endpoint);
    },
  });
}

/** Closes the door behind it. */
class DoorClient<T> extends ReconnectingClient<T> {
  readonly #keeper: Remote<DoorKeeper>;

  constructor(keeper: Remote<DoorKeeper>, options: ReconnectOptions<T>) {
    super(options);
    this.#keeper = keeper;
  }

  override close(): void {
    super.close();
    this.#keeper[releaseProxy]();
  }
}
