/** Two byte connections in one thread, and one whose other side is the test itself. */
import { Buffer } from 'node:buffer';
import type { ByteCarrier } from '../../src/rpc/byte-carrier.ts';
import { ByteConnection } from '../../src/rpc/byte-connection.ts';
import { type ByteConnectionOptions, connectionSettings } from '../../src/rpc/connection-options.ts';
import type { Role } from '../../src/rpc/handshake.ts';
import '../support/install-runtime.ts';

/** A way for bytes that keeps them for the test to see. */
export class TestCarrier implements ByteCarrier {
  readonly connection: ByteConnection;
  /** Where the bytes go; undefined: nowhere. */
  other: TestCarrier | undefined;
  /** What was written, by writes. */
  readonly written: Buffer[] = [];
  destroyed = false;
  /** Whether `end` is obeyed. */
  obeys = true;
  #ended = false;

  constructor(role: Role, options: ByteConnectionOptions) {
    this.connection = new ByteConnection(this, `the ${role} side's peer`, role, connectionSettings(options));
  }

  write(chunks: readonly Uint8Array[]): void {
    const bytes = Buffer.concat(chunks);
    this.written.push(bytes);
    queueMicrotask(() => this.other?.connection.take(Buffer.from(bytes)));
  }

  end(): void {
    if (this.#ended || !this.obeys) return;
    this.#ended = true;
    queueMicrotask(() => {
      this.connection.gone();
      this.other?.connection.lost('it ended');
    });
  }

  destroy(): void {
    this.destroyed = true;
  }

  ref(): void {}
  unref(): void {}
}

/** Both ends of a wire. */
export interface Wire {
  readonly near: TestCarrier;
  readonly far: TestCarrier;
}

/** A wire that both sides have said hello over; they may have failed to agree. */
export async function makeWire(near: ByteConnectionOptions = {}, far: ByteConnectionOptions = near): Promise<Wire> {
  const wire = { near: new TestCarrier('connecting', near), far: new TestCarrier('accepting', far) };
  wire.near.other = wire.far;
  wire.far.other = wire.near;
  wire.near.connection.start();
  wire.far.connection.start();
  await Promise.allSettled([wire.near.connection.opened, wire.far.connection.opened]);
  return wire;
}

/** Resolves to why the connection has ended. */
export function ended(connection: ByteConnection): Promise<Error> {
  return new Promise((resolve) => connection.onClose(resolve));
}

/** Resolves to the next `count` messages. */
export function messages(connection: ByteConnection, count: number): Promise<unknown[]> {
  const received: unknown[] = [];
  return new Promise((resolve) => {
    connection.onMessage((message) => {
      if (received.push(message) === count) resolve(received);
    });
  });
}

/** A wire that is still being opened: what is sent over it waits until then. */
export function openingWire(): [ByteConnection, ByteConnection] {
  const [near, far] = [new TestCarrier('connecting', {}), new TestCarrier('accepting', {})];
  near.other = far;
  far.other = near;
  near.connection.start();
  far.connection.start();
  return [near.connection, far.connection];
}
