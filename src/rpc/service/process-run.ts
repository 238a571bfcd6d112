/** A service in a child process: told what to do over its IPC channel, and reached at the address it listens at. */
import type { Remote } from 'comlink';
import { ProcessExitedError, ServiceClosedError } from '../../errors.ts';
import type { ManagedProcess } from '../../process/managed-process.ts';
import { exitedError } from '../../process/process-exit.ts';
import type { StreamTarget } from '../../process/process-options.ts';
import { startProcess } from '../../process/start-process.ts';
import { runtime } from '../../runtime.ts';
import type { Connection } from '../connection.ts';
import { connectManaged } from '../managed-connection.ts';
import { type ConnectOptions, connect } from '../socket-connection.ts';
import { wrap } from '../wrap.ts';
import type { ServiceControl } from './service-control.ts';
import type { RunExit, ServiceRun } from './service-run.ts';

/** How the process is started. */
export interface ProcessRunOptions {
  readonly name: string;
  readonly stdio: StreamTarget;
  readonly env: Readonly<Record<string, string | undefined>> | undefined;
  readonly cwd: string | URL | undefined;
  readonly diesWithParent: boolean;
  /** Where its clients find it; undefined while it does not listen. */
  readonly address: () => ConnectOptions | undefined;
}

export class ProcessRun implements ServiceRun {
  readonly place = 'process';
  readonly exited: Promise<RunExit>;
  /** The command line that it was started with. */
  readonly command: string;
  readonly #options: ProcessRunOptions;
  readonly #process: ManagedProcess;
  #control: Remote<ServiceControl> | undefined;

  constructor(options: ProcessRunOptions) {
    const { name, stdio, env, cwd, diesWithParent } = options;
    const { command, args } = runtime().commandFor('service');
    this.command = [command, ...args].join(' ');
    this.#options = options;
    this.#process = startProcess(command, args, {
      ...{ name, env, cwd, diesWithParent },
      stdio: { stdin: 'ignore', stdout: stdio, stderr: stdio },
      ipc: true,
    });
    this.exited = this.#process.exited.then((exit) => {
      const error = exitedError(`of service '${name}'`, this.command, exit, 'though nobody had asked it to');
      return { code: exit.code, signal: exit.signal, error };
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get control(): Remote<ServiceControl> {
    return this.#control as Remote<ServiceControl>;
  }

  async open(signal: AbortSignal): Promise<void> {
    await this.#process.ready;
    const connection = await connectManaged(this.#process, { signal });
    this.#control = wrap<ServiceControl>(connection, { readyTimeout: Infinity });
  }

  connect(signal: AbortSignal): Promise<Connection> {
    const address = this.#options.address();
    if (address !== undefined) return connect({ ...address, signal });
    return Promise.reject(new ServiceClosedError(`Service '${this.#options.name}' does not listen`));
  }

  endpoint(): undefined {
    return undefined;
  }

  kill(): void {
    void this.#process.kill().catch((error: unknown) => {
      if (!(error instanceof ProcessExitedError)) throw error;
    });
  }
}
