/**
 * The channel between a process and its child (`node:child_process`), both sides.
 *
 * The channel carries messages of others, too; ours are marked. Depending on the option `serialization` of `fork` it
 * takes bytes or only JSON, and neither side is told, so each sends the other one byte and looks at what arrives. Since
 * what is sent before the other side listens may be lost, whoever is opened to opens once more.
 */
import { Buffer } from 'node:buffer';
import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { PeerGoneError } from '../errors.ts';
import { type Deadline, deadlines } from '../pacing/deadlines.ts';
import { runtime } from '../runtime.ts';
import { checkWaitOptions, describe, type WaitOptions } from '../signal/wait-options.ts';
import type { ByteCarrier } from './byte-carrier.ts';
import { ByteConnection } from './byte-connection.ts';
import { type ByteConnectionOptions, connectionSettings } from './connection-options.ts';
import type { Role } from './handshake.ts';
import { openWithin } from './open-within.ts';

/**
 * `signal` and `timeout` hold for the connecting: the other side must do so, too. By default there is a heartbeat only
 * where the end of a channel may pass unnoticed, which is on Deno.
 */
export interface ProcessConnectionOptions
  extends Pick<ByteConnectionOptions, 'maxFrame' | 'maxBuffered' | 'heartbeat'>, WaitOptions {}

/** The channel as either side has it. */
export interface IpcChannel {
  readonly connected: boolean;
  readonly channel?: { ref?(): void; unref?(): void } | null | undefined;
  send?(message: unknown, callback: (error: Error | null) => void): boolean;
  on(event: string, listener: (argument: unknown) => void): unknown;
  off(event: string, listener: (argument: unknown) => void): unknown;
}

type IpcMessage =
  | { readonly reveille: 'open'; readonly probe: unknown; readonly answer: boolean }
  /** Nobody answers it: to send it fails once there is nobody. */
  | { readonly reveille: 'here' }
  | { readonly reveille: 'bytes'; readonly bytes: unknown };

/**
 * Connects to a child that was started with an IPC channel (`fork`, or `spawn` with `stdio` 'ipc') and that calls
 * `connectParent`. Waits until it does, but not longer than it lives. One connection at a time.
 *
 * @throws {PeerGoneError} if the child ends first
 * @throws {DeadlineExceededError} after `timeout` milliseconds; also the signal's reason
 * @example
 * ```ts
 * const child = fork('prices.mjs');
 * const prices = wrap<PriceService>(await connectChild(child));
 * ```
 */
export function connectChild(child: ChildProcess, options: ProcessConnectionOptions = {}): Promise<ByteConnection> {
  if (typeof (child as Partial<ChildProcess> | null)?.send !== 'function') {
    return Promise.reject(new TypeError(`Expected a child process with an IPC channel, got ${describe(child)}`));
  }
  return connectOver(child, `process ${child.pid ?? '(not started)'}`, 'accepting', options);
}

/**
 * Connects to the process that started this one with an IPC channel and calls `connectChild`.
 *
 * @throws {PeerGoneError} if there is none, or it ends first
 * @throws {DeadlineExceededError} after `timeout` milliseconds; also the signal's reason
 * @example
 * ```ts
 * expose(new PriceService(), await connectParent());
 * ```
 */
export function connectParent(options: ProcessConnectionOptions = {}): Promise<ByteConnection> {
  if (typeof process.send !== 'function') {
    return Promise.reject(
      new PeerGoneError('This process was started without an IPC channel: there is no parent to reach'),
    );
  }
  return connectOver(process, `process ${process.ppid}`, 'connecting', options);
}

/** Connects over a channel, whoever has it. */
export function connectOver(
  channel: IpcChannel,
  peer: string,
  role: Role,
  options: ProcessConnectionOptions,
): Promise<ByteConnection> {
  try {
    checkWaitOptions(options);
    const { heartbeat = runtime().channelEndIsTold ? false : undefined } = options;
    // How long a process takes to start is for `timeout` to limit.
    const settings = connectionSettings({ ...options, heartbeat, handshakeTimeout: Infinity });
    return openWithin(peer, options, () => new ProcessCarrier(channel, peer, role, settings).connection);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Milliseconds between two looks at whether the other side is there, before it can be asked by heartbeats. */
const LOOK_MS = 5_000;

class ProcessCarrier implements ByteCarrier {
  readonly connection: ByteConnection;
  readonly #channel: IpcChannel;
  #takesBytes = false;
  #started = false;

  constructor(channel: IpcChannel, peer: string, role: Role, settings: ReturnType<typeof connectionSettings>) {
    this.#channel = channel;
    this.connection = new ByteConnection(this, peer, role, settings);
    channel.on('message', this.#onMessage);
    channel.on('disconnect', this.#onDisconnect);
    channel.on('exit', this.#onExit);
    channel.on('error', this.#onError);
    if (channel.connected) this.#open(false);
    else this.#onDisconnect();
    if (!runtime().channelEndIsTold) this.#lookWhileOpening();
  }

  write(chunks: readonly Uint8Array[]): void {
    const bytes = chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
    this.#send({ reveille: 'bytes', bytes: this.#takesBytes ? bytes : Buffer.from(bytes).toString('base64') });
  }

  /** The channel stays: it is not only ours. */
  end(): void {
    this.#leave();
    queueMicrotask(() => this.connection.gone());
  }

  destroy(): void {
    this.#leave();
  }

  ref(): void {
    this.#channel.channel?.ref?.();
  }

  unref(): void {
    this.#channel.channel?.unref?.();
  }

  readonly #onMessage = (argument: unknown): void => {
    const message = argument as Partial<IpcMessage> | null;
    if (typeof message !== 'object' || message === null) return;
    if (message.reveille === 'open') this.#takeOpen(message.probe, message.answer === true);
    else if (message.reveille === 'bytes' && this.#started) this.connection.take(toBytes(message.bytes));
  };

  readonly #onDisconnect = (): void => this.connection.lost('its IPC channel is closed');
  readonly #onExit = (code: unknown): void => this.connection.lost(`it has ended, ${exitText(code)}`);
  readonly #onError = (error: unknown): void => this.connection.lost((error as Error).message, error);

  /** An end that is not told fails what is sent. */
  #lookWhileOpening(): void {
    const time = deadlines();
    let deadline: Deadline;
    const lookLater = (): void => {
      deadline = time.add(time.now() + LOOK_MS, () => {
        this.#send({ reveille: 'here' });
        lookLater();
      });
    };
    lookLater();
    const stop = (): void => deadline.cancel();
    this.connection.opened.then(stop, stop);
  }

  #open(answer: boolean): void {
    this.#send({ reveille: 'open', probe: Uint8Array.of(1), answer });
  }

  #takeOpen(probe: unknown, answer: boolean): void {
    // Said again by a side that is already connected: it has begun anew.
    if (this.#started && !answer) return this.connection.lost('it has begun another connection');
    if (!answer) this.#open(true);
    if (this.#started) return;
    this.#started = true;
    this.#takesBytes = probe instanceof Uint8Array;
    this.connection.start();
  }

  #send(message: IpcMessage): void {
    if (!this.#channel.connected) return;
    this.#channel.send?.(message, (error) => {
      if (error !== null && error !== undefined) this.connection.lost(error.message, error);
    });
  }

  #leave(): void {
    this.#channel.off('message', this.#onMessage);
    this.#channel.off('disconnect', this.#onDisconnect);
    this.#channel.off('exit', this.#onExit);
    this.#channel.off('error', this.#onError);
  }
}

function toBytes(bytes: unknown): Uint8Array {
  if (typeof bytes === 'string') return Buffer.from(bytes, 'base64');
  if (bytes instanceof Uint8Array) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Uint8Array(0);
}

function exitText(code: unknown): string {
  return typeof code === 'number' ? `exit code ${code}` : 'killed by a signal';
}
