/** What every connection that carries bytes can be told, and the checks that refuse anything else at once. */
import { checkAtLeast, checkInterval, checkObject } from '../pacing/option-checks.ts';
import { describe } from '../signal/wait-options.ts';

/** How a side finds out that the other one is gone without a word: a cable pulled, a machine off, a process stopped. */
export interface HeartbeatOptions {
  /** Milliseconds without a byte from the other side after which it is asked whether it is there. @default {5_000} */
  readonly interval?: number | undefined;
  /**
   * Milliseconds from the question without a byte after which it counts as gone. The time in which this thread was too
   * busy to look is not held against it.
   *
   * @default {5_000}
   */
  readonly timeout?: number | undefined;
}

/** What holds for one connection that carries bytes. */
export interface ByteConnectionOptions {
  /**
   * What both sides must know. Neither sends it: each proves by HMAC-SHA-256 over the other's random number that it has
   * it, the connecting side first. Without TLS this keeps out who does not know it, not who can change what is on the
   * wire. 16 bytes or more, and random.
   */
  readonly secret?: string | Uint8Array | undefined;
  /** The longest message that is let in, in bytes. The other side is told, and throws rather than send a longer one. */
  readonly maxFrame?: number | undefined;
  /**
   * Bytes that may be on their way or wait to be: kept for a side that does not read, or for a listener that is not
   * there yet. One more, and the connection ends. `congested` tells long before that.
   *
   * @default {64 MiB}
   */
  readonly maxBuffered?: number | undefined;
  /** `false` for none: only for a transport that always knows when its other end is gone. */
  readonly heartbeat?: HeartbeatOptions | false | undefined;
  /** Milliseconds that both sides may take to agree on version and secret. @default {10_000} */
  readonly handshakeTimeout?: number | undefined;
}

/** The same with all defaults in place. */
export interface ConnectionSettings {
  readonly secret: Uint8Array | undefined;
  readonly maxFrame: number;
  readonly maxBuffered: number;
  readonly heartbeat: { readonly interval: number; readonly timeout: number } | undefined;
  readonly handshakeTimeout: number;
}

const MIB = 1024 * 1024;
/** What the smallest message of Comlink needs, with room to spare. */
const LEAST_FRAME = 1_024;
/** Lengths are four bytes; msgpackr's own buffers end here. */
const MOST_FRAME = 1_024 * MIB;
const LEAST_SECRET = 16;

/** @throws {TypeError} or RangeError that names the option, what it got and what it takes. */
export function connectionSettings(options: ByteConnectionOptions): ConnectionSettings {
  checkObject('the options of a connection', options);
  const { maxFrame = 16 * MIB, maxBuffered = 64 * MIB, handshakeTimeout = 10_000 } = options;
  checkAtLeast('maxFrame', maxFrame, LEAST_FRAME);
  if (maxFrame > MOST_FRAME) {
    throw new RangeError(`Expected 'maxFrame' to be at most ${MOST_FRAME} bytes, got ${maxFrame}`);
  }
  checkAtLeast('maxBuffered', maxBuffered, LEAST_FRAME);
  checkInterval('handshakeTimeout', handshakeTimeout);
  return {
    secret: secretBytes(options.secret),
    maxFrame: Math.floor(maxFrame),
    maxBuffered,
    heartbeat: heartbeatSettings(options.heartbeat),
    handshakeTimeout,
  };
}

function heartbeatSettings(heartbeat: HeartbeatOptions | false | undefined): ConnectionSettings['heartbeat'] {
  if (heartbeat === false) return undefined;
  checkObject("option 'heartbeat'", heartbeat ?? {});
  const { interval = 5_000, timeout = 5_000 } = heartbeat ?? {};
  checkInterval('heartbeat.interval', interval);
  checkInterval('heartbeat.timeout', timeout);
  return { interval, timeout };
}

function secretBytes(secret: string | Uint8Array | undefined): Uint8Array | undefined {
  if (secret === undefined) return undefined;
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) {
    throw new TypeError(`Expected option 'secret' to be a string or a Uint8Array, got ${describe(secret)}`);
  }
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret.slice();
  if (bytes.byteLength < LEAST_SECRET) {
    throw new RangeError(`Expected option 'secret' to have at least ${LEAST_SECRET} bytes, got ${bytes.byteLength}`);
  }
  return bytes;
}
