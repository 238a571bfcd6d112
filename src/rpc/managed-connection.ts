/** The channel to a managed process, which is a child process that this side does not have in its hands. */
import type { ManagedProcess } from '../process/managed-process.ts';
import type { ProcessMessageEvent } from '../process/process-events.ts';
import type { ByteConnection } from './byte-connection.ts';
import { connectOver, type IpcChannel, type ProcessConnectionOptions } from './process-connection.ts';

/**
 * Connects to a managed process that was started with `ipc: true` and that calls `connectParent`. Waits until it does,
 * but not longer than its channel is open.
 *
 * @throws {PeerGoneError} if the process ends first
 * @throws {DeadlineExceededError} after `timeout` milliseconds; also the signal's reason
 */
export function connectManaged(
  process: ManagedProcess,
  options: ProcessConnectionOptions = {},
): Promise<ByteConnection> {
  return connectOver(new ManagedChannel(process), `process ${process.pid ?? '(not started)'}`, 'accepting', options);
}

type Listener = (argument: unknown) => void;

class ManagedChannel implements IpcChannel {
  readonly #process: ManagedProcess;
  readonly #taken = new Map<Listener, (event: Event) => void>();
  #isClosed = false;

  constructor(process: ManagedProcess) {
    this.#process = process;
    process.addEventListener('disconnect', () => (this.#isClosed = true), { once: true });
    void process.exited.then(() => (this.#isClosed = true));
  }

  get connected(): boolean {
    return !this.#isClosed;
  }

  send(message: unknown): boolean {
    return this.#process.send(message);
  }

  /** Messages, and the channel's end, which comes with that of the process. */
  on(event: string, listener: Listener): void {
    if (event !== 'message' && event !== 'disconnect') return;
    const taken = (each: Event): void => listener((each as Partial<ProcessMessageEvent>).data);
    this.#taken.set(listener, taken);
    this.#process.addEventListener(event, taken);
  }

  off(event: string, listener: Listener): void {
    const taken = this.#taken.get(listener);
    if (taken !== undefined) this.#process.removeEventListener(event, taken);
  }
}
