/** A service in this thread. Each client has a connection all the same, so that it is the same for all of them. */
import type { Remote } from 'comlink';
import { LifecycleError } from '../../errors.ts';
import type { Connection } from '../connection.ts';
import { connectionOf, type Endpoint } from '../endpoint.ts';
import { HostedService } from './hosted-service.ts';
import type { ServiceControl } from './service-control.ts';
import type { RunExit, ServiceRun } from './service-run.ts';

export class InlineRun implements ServiceRun {
  readonly place = 'inline';
  readonly pid = undefined;
  readonly exited: Promise<RunExit>;
  readonly #hosted: HostedService;
  #exit: (code: number | null) => void = () => {};

  constructor(name: string, given: unknown) {
    this.exited = new Promise((resolve) => {
      const error = new LifecycleError(`Service '${name}' was let go`);
      this.#exit = (code) => resolve({ code, signal: null, error });
    });
    this.#hosted = new HostedService({ given, leave: () => this.#exit(0) });
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  /** Called as it is: whoever calls it awaits each answer, as of one that is far away. */
  get control(): Remote<ServiceControl> {
    return this.#hosted as unknown as Remote<ServiceControl>;
  }

  async connect(): Promise<Connection> {
    const { endpoint } = await this.endpoint();
    return connectionOf(endpoint);
  }

  endpoint(): Promise<{ readonly endpoint: Endpoint; readonly moved: readonly object[] }> {
    const { port1, port2 } = new MessageChannel();
    this.#hosted.accept(port1);
    return Promise.resolve({ endpoint: port2, moved: [port2] });
  }

  /** Nobody can end what runs here. It is told to give up and left alone: `stop` has closed its connections. */
  kill(): void {
    void this.#hosted.stop(0).then(() => this.#exit(null));
  }
}
