/**
 * A connection over whatever has `postMessage` and messages: a MessagePort, a Worker of `node:worker_threads` or of the
 * web, the parent's side of either, a BroadcastChannel.
 *
 * Some of these drop what comes before anybody listens. So each side says that it is here when it starts, answers the
 * first such word of the other, and keeps its messages until it has heard one.
 */
import { PeerGoneError } from '../errors.ts';
import type { MovableValue } from '../runtime.ts';
import { LoopHold } from '../signal/keep-alive.ts';
import type { Connection } from './connection.ts';

/** What a connection can be made of: the methods of the web's ports, or those of Node's emitters. */
export interface PortLike {
  postMessage(message: unknown, transfer?: readonly MovableValue[]): void;
  addEventListener?(type: string, listener: never): void;
  removeEventListener?(type: string, listener: never): void;
  on?(type: string, listener: never): unknown;
  off?(type: string, listener: never): unknown;
  listenerCount?(type: string): number;
  start?(): void;
  close?(): void;
  ref?(): void;
  unref?(): void;
}

/** Other messages on the same port are none of ours. */
type Envelope =
  | { readonly reveille: 'here'; readonly lifeline?: PortLike }
  | { readonly reveille: 'bye'; readonly reason: string }
  | { readonly reveille: 'message'; readonly message: unknown };

type Held = readonly [message: unknown, transfer: readonly MovableValue[]];

const connections = new WeakMap<object, PortConnection>();

/** A connection over a port. */
export class PortConnection implements Connection {
  readonly carries = 'values';
  readonly congested = false;
  readonly #port: PortLike;
  readonly #isPort: boolean;
  readonly #loop = new LoopHold();
  /** What is sent before the other side is here. */
  #held: Held[] | undefined = [];
  /** What came before anybody listened. */
  #inbox: unknown[] | undefined = [];
  #listener: (message: unknown) => void = () => {};
  #onClose: ((reason: Error) => void) | undefined;
  #end: Error | undefined;
  readonly #lifelines: PortLike[] = [];
  readonly #unlisten: Array<() => void> = [];

  constructor(port: PortLike) {
    this.#port = port;
    this.#isPort = isMessagePort(port);
    this.#listen('message', (data: unknown) => this.#take(data));
    this.#listen('messageerror', () => this.#finish(new PeerGoneError('A message of the other side cannot be read')));
    this.#listen('close', () => this.#finish(new PeerGoneError('The other side is gone: its port is closed')));
    if (!this.#isPort) {
      this.#listen('exit', (code: unknown) =>
        this.#finish(new PeerGoneError(`The other side is gone: its thread has ended with exit code ${String(code)}`)),
      );
    }
    port.start?.();
    this.#post({ reveille: 'here' });
  }

  /** The one over a port. */
  static over(port: PortLike): PortConnection {
    const known = connections.get(port);
    if (known !== undefined && known.#end === undefined) return known;
    const connection = new PortConnection(port);
    connections.set(port, connection);
    return connection;
  }

  send(message: unknown, transfer: readonly MovableValue[] = []): void {
    if (this.#end !== undefined) return;
    if (this.#held === undefined) this.#post({ reveille: 'message', message }, transfer);
    // The values as they are now, and moved now.
    else this.#held.push(structuredClone([message, transfer], { transfer: [...transfer] as ArrayBuffer[] }));
  }

  onDrain(): void {}

  onMessage(listener: (message: unknown) => void): void {
    this.#listener = listener;
    const inbox = this.#inbox ?? [];
    this.#inbox = undefined;
    // The listener is not called before it is returned to: whoever sets it is not done yet.
    if (inbox.length > 0) queueMicrotask(() => inbox.forEach((message) => listener(message)));
  }

  onClose(listener: (reason: Error) => void): void {
    const end = this.#end;
    this.#onClose = listener;
    if (end !== undefined) queueMicrotask(() => listener(end));
  }

  close(reason: Error = new PeerGoneError('The connection was closed')): void {
    if (this.#end !== undefined) return;
    this.#post({ reveille: 'bye', reason: reason.message });
    this.#finish(reason);
  }

  ref(): void {
    this.#loop.hold();
    if (this.#isPort) this.#port.ref?.();
  }

  unref(): void {
    this.#loop.release();
    // Whoever else listens on it decides that for himself.
    if (this.#isPort && (this.#port.listenerCount?.('message') ?? 1) <= 1) this.#port.unref?.();
  }

  #take(data: unknown): void {
    if (this.#end !== undefined || !isEnvelope(data)) return;
    if (this.#held !== undefined) this.#heard(this.#held);
    switch (data.reveille) {
      case 'here':
        if (data.lifeline !== undefined) this.#follow(data.lifeline);
        return;
      case 'bye':
        this.#finish(new PeerGoneError(`The other side has closed the connection: ${data.reason}`));
        return;
      case 'message':
        if (this.#inbox === undefined) this.#listener(data.message);
        else this.#inbox.push(data.message);
    }
  }

  /** The first word of the other side: it listens now. */
  #heard(held: readonly Held[]): void {
    this.#held = undefined;
    this.#answerHere();
    for (const [message, transfer] of held) this.#post({ reveille: 'message', message }, transfer);
  }

  /**
   * Web workers tell nobody of their end (https://github.com/whatwg/html/issues/5869), but a port that lies in the
   * ended thread closes.
   */
  #answerHere(): void {
    if (this.#isPort || this.#port.on !== undefined) {
      this.#post({ reveille: 'here' });
      return;
    }
    const { port1, port2 } = new MessageChannel();
    try {
      this.#port.postMessage({ reveille: 'here', lifeline: port2 } satisfies Envelope, [port2]);
      this.#follow(port1);
    } catch {
      // A BroadcastChannel moves nothing, and has no one other side whose end could be told.
      port1.close();
      this.#post({ reveille: 'here' });
    }
  }

  #follow(lifeline: PortLike): void {
    this.#lifelines.push(lifeline);
    const ended = (): void => this.#finish(new PeerGoneError('The other side is gone: its thread has ended'));
    lifeline.addEventListener?.('close', ended as never);
    lifeline.start?.();
    lifeline.unref?.();
  }

  #post(envelope: Envelope, transfer: readonly MovableValue[] = []): void {
    this.#port.postMessage(envelope, transfer);
  }

  #finish(reason: Error): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#held = undefined;
    this.#loop.release();
    for (const unlisten of this.#unlisten) unlisten();
    for (const lifeline of this.#lifelines) lifeline.close?.();
    const isShared = (this.#port.listenerCount?.('message') ?? 0) > 0;
    if (this.#isPort && !isShared) this.#port.close?.();
    connections.delete(this.#port);
    this.#onClose?.(reason);
  }

  #listen(type: string, callback: (value: unknown) => void): void {
    const port = this.#port;
    if (port.addEventListener !== undefined) {
      const listener = (event: { readonly data?: unknown }): void => callback(event.data);
      port.addEventListener(type, listener as never);
      this.#unlisten.push(() => port.removeEventListener?.(type, listener as never));
    } else {
      port.on?.(type, callback as never);
      this.#unlisten.push(() => port.off?.(type, callback as never));
    }
  }
}

function isEnvelope(data: unknown): data is Envelope {
  return typeof data === 'object' && data !== null && typeof (data as Partial<Envelope>).reveille === 'string';
}

/** By its name, as Comlink does: it may come from another realm. Deno's `parentPort` has no constructor. */
function isMessagePort(port: object): boolean {
  return (port.constructor as { readonly name?: unknown } | undefined)?.name === 'MessagePort';
}
