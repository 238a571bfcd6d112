/** Two ends of a connection that leaves the process, but for the process: what is no plain data is refused. */
import { PeerGoneError } from '../../src/errors.ts';
import type { Connection } from '../../src/rpc/connection.ts';

export class ByteEnd implements Connection {
  readonly carries = 'bytes';
  readonly congested = false;
  /** What this side has sent, as it was sent. */
  readonly sent: unknown[] = [];
  peer: ByteEnd | undefined;
  #listener: (message: unknown) => void = () => {};
  #onClose: (reason: Error) => void = () => {};
  isClosed = false;
  isRef = true;

  send(message: unknown, transfer: readonly object[] = []): void {
    if (this.isClosed) return;
    if (transfer.length > 0) throw new DOMException('Nothing can be moved', 'DataCloneError');
    const copy: unknown = structuredClone(message);
    this.sent.push(copy);
    queueMicrotask(() => this.peer?.receive(copy));
  }

  /** As if the other side had sent it. */
  receive(message: unknown): void {
    if (!this.isClosed) this.#listener(message);
  }

  onDrain(): void {}

  onMessage(listener: (message: unknown) => void): void {
    this.#listener = listener;
  }

  onClose(listener: (reason: Error) => void): void {
    this.#onClose = listener;
  }

  close(reason: Error = new PeerGoneError('closed')): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#onClose(reason);
    queueMicrotask(() => this.peer?.close(new PeerGoneError(`The other side has closed: ${reason.message}`)));
  }

  ref(): void {
    this.isRef = true;
  }

  unref(): void {
    this.isRef = false;
  }
}

export function bytePair(): [ByteEnd, ByteEnd] {
  const [near, far] = [new ByteEnd(), new ByteEnd()];
  near.peer = far;
  far.peer = near;
  return [near, far];
}
