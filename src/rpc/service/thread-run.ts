/**
 * A service in a thread of its own. The thread is started as those of pools are, so its end is proved on every runtime;
 * it is reached over its own channel, and its clients have shared memory each.
 */
import { type Remote, transfer } from 'comlink';
import { fromErrorRecord } from '../../channel/codec/error-record.ts';
import { LifecycleError } from '../../errors.ts';
import { defaultArena } from '../../memory/arena.ts';
import { runtime, type Thread } from '../../runtime.ts';
import { claimThread, releaseThread } from '../../signal/doorbell.ts';
import { forgetThread } from '../../signal/forget-thread.ts';
import { ChannelConnection, channelEnds } from '../channel-connection.ts';
import type { Connection } from '../connection.ts';
import type { Endpoint } from '../endpoint.ts';
import type { PortLike } from '../port-connection.ts';
import { wrap } from '../wrap.ts';
import type { ServiceControl } from './service-control.ts';
import type { RunExit, ServiceRun } from './service-run.ts';
import type { FromServiceThread, ServiceThreadSetup, ToServiceThread } from './service-thread.ts';

type Listener = (value: unknown) => void;

/** How the thread is started. */
export interface ThreadRunOptions {
  readonly name: string;
  readonly stdio: 'inherit' | 'pipe' | 'ignore';
}

export class ThreadRun implements ServiceRun {
  readonly place = 'thread';
  readonly pid = undefined;
  readonly exited: Promise<RunExit>;
  readonly control: Remote<ServiceControl>;
  readonly #name: string;
  readonly #thread: Thread;
  readonly #onMessage = new Set<Listener>();
  readonly #onExit = new Set<Listener>();
  #exit: (exit: RunExit) => void = () => {};
  #cause: unknown;
  #exitCode: number | undefined;
  /** Whether ending it is sure to stop it. */
  #isKillable = runtime().terminationIsProof;
  #isToBeKilled = false;

  constructor({ name, stdio }: ThreadRunOptions) {
    this.#name = name;
    this.exited = new Promise((resolve) => (this.#exit = resolve));
    const arena = defaultArena();
    const place = claimThread(arena);
    try {
      this.#thread = runtime().spawn({
        name,
        entry: 'service',
        setup: { arena: arena.buffer, place } satisfies ServiceThreadSetup,
        stdio,
        onMessage: (message) => this.#take(message),
        onError: (error) => (this.#cause ??= error),
        onExit: (code) => {
          forgetThread(arena, place);
          releaseThread(arena, place);
          this.#exited(code);
        },
      });
    } catch (error) {
      releaseThread(arena, place);
      throw error;
    }
    this.control = wrap<ServiceControl>(this.#port(), { readyTimeout: Infinity });
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  async connect(): Promise<Connection> {
    const [mine, theirs] = channelEnds();
    const connection = ChannelConnection.at(mine);
    await this.#accept(theirs, connection);
    return connection;
  }

  async endpoint(): Promise<{ readonly endpoint: Endpoint; readonly moved: readonly object[] }> {
    const { port1, port2 } = new MessageChannel();
    await this.control.accept(transfer(port1, [port1]));
    return { endpoint: port2, moved: [port2] };
  }

  kill(): void {
    this.#isToBeKilled = true;
    // On Deno, a thread that has not prepared for its termination would run on: it is asked, and ended once it has.
    if (this.#isKillable) this.#thread.terminate();
    else this.#post({ service: 'leave' });
  }

  async #accept(theirs: ReturnType<typeof channelEnds>[1], connection: Connection): Promise<void> {
    try {
      await this.control.accept(transfer(theirs, [theirs.port]));
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  #take(message: unknown): void {
    for (const listener of this.#onMessage) listener(message);
    const { service, ...rest } = message as Partial<FromServiceThread>;
    if (service === 'killable') {
      this.#isKillable = true;
      if (this.#isToBeKilled) this.#thread.terminate();
    } else if (service === 'fatal') {
      this.#cause = fromErrorRecord((rest as { readonly error: unknown }).error);
    } else if (service === 'exiting') {
      this.#exitCode = (rest as { readonly code: number }).code;
      // Deno's `process.exit` may not end a thread by itself.
      this.#thread.terminate();
    }
  }

  #exited(code: number): void {
    for (const listener of this.#onExit) listener(code);
    const exitCode = this.#exitCode ?? code;
    const cause = this.#cause;
    const why =
      cause === undefined ? '' : `: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`;
    const message = `The thread of service '${this.#name}' has ended with exit code ${exitCode}${why}`;
    const error = new LifecycleError(message, cause === undefined ? {} : { cause });
    this.#exit({ code: exitCode, signal: null, error });
  }

  #post(message: ToServiceThread): void {
    this.#thread.postMessage(message);
  }

  /** The thread's channel, as what a remote object can be reached over. */
  #port(): PortLike {
    const listenersOf = (type: string): Set<Listener> | undefined =>
      ({ message: this.#onMessage, exit: this.#onExit })[type];
    return {
      postMessage: (message, moved) => this.#thread.postMessage(message, moved),
      on: (type, listener) => listenersOf(type)?.add(listener),
      off: (type, listener) => listenersOf(type)?.delete(listener),
    };
  }
}
