/**
 * How two sides agree to talk, before any of their messages is read.
 *
 * Each says hello as soon as the transport is open:
 *
 *     0          8         9         10       14      46
 *     | reveille | version | secret? | limit  | nonce |      limit: the longest frame it takes, big-endian
 *
 * Where a secret is asked for, the connecting side then proves that it knows it, and the accepting side only once it
 * has seen that: whoever connects to a port and knows nothing gets nothing to try secrets on. A proof is
 *
 *     HMAC-SHA-256(secret, 'reveille 1 ' + role of who proves + nonce of the other + nonce of its own)
 *
 * (as SCRAM and CHAP do: https://www.rfc-editor.org/rfc/rfc2104, https://www.rfc-editor.org/rfc/rfc1994). The other's
 * nonce is random, so no proof is good twice; the role keeps a proof from being sent back to who made it.
 */
import { Buffer } from 'node:buffer';
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ProtocolError } from '../errors.ts';
import { FrameKind, makeFrame, readUint32, uint32Bytes } from './frames/frame.ts';

/** Who opened the connection, and who was there for it. */
export type Role = 'connecting' | 'accepting';

/** Until the handshake is over no frame is longer than this. */
export const HANDSHAKE_FRAME_LIMIT = 2_048;

const MAGIC = new TextEncoder().encode('reveille');
const VERSION = 1;
const NONCE_BYTES = 32;
const VERSION_AT = MAGIC.byteLength;
const ASKS_SECRET_AT = VERSION_AT + 1;
const LIMIT_AT = ASKS_SECRET_AT + 1;
const NONCE_AT = LIMIT_AT + 4;
const HELLO_BYTES = NONCE_AT + NONCE_BYTES;

/** One side of a handshake: it is handed frames and answers with frames, and knows no transport. */
export class Handshake {
  /** The longest frame that the other side takes; known once it has said hello. */
  peerLimit = 0;
  /** Whether both sides may send messages. */
  done = false;
  readonly #role: Role;
  readonly #secret: Uint8Array | undefined;
  readonly #nonce = randomBytes(NONCE_BYTES);
  readonly #limit: number;
  #peerNonce: Uint8Array | undefined;

  constructor(role: Role, secret: Uint8Array | undefined, limit: number) {
    this.#role = role;
    this.#secret = secret;
    this.#limit = limit;
  }

  /** What this side says first. */
  hello(): Uint8Array {
    const asksSecret = this.#secret === undefined ? 0 : 1;
    const parts = [MAGIC, Uint8Array.of(VERSION, asksSecret), uint32Bytes(this.#limit), this.#nonce];
    return makeFrame(FrameKind.hello, Buffer.concat(parts));
  }

  /**
   * Takes a frame of the other side.
   *
   * @returns what to send for it, if anything
   * @throws {ProtocolError} if the two cannot talk
   */
  take(kind: number, body: Uint8Array): Uint8Array | undefined {
    if (this.#peerNonce === undefined) {
      if (kind !== FrameKind.hello)
        throw new ProtocolError('The other side does not speak the protocol of reveille/rpc');
      return this.#takeHello(body);
    }
    if (kind !== FrameKind.proof || this.#secret === undefined) {
      throw new ProtocolError(`The other side sent a frame of kind ${kind} during the handshake`);
    }
    return this.#takeProof(body, this.#secret, this.#peerNonce);
  }

  #takeHello(body: Uint8Array): Uint8Array | undefined {
    if (body.byteLength < HELLO_BYTES || !MAGIC.every((byte, i) => body[i] === byte)) {
      throw new ProtocolError('The other side does not speak the protocol of reveille/rpc');
    }
    const version = body[VERSION_AT];
    if (version !== VERSION) {
      throw new ProtocolError(`The other side speaks version ${version} of the protocol, this one version ${VERSION}`);
    }
    this.#checkSecretAsked(body[ASKS_SECRET_AT] === 1);
    this.peerLimit = readUint32(body, LIMIT_AT);
    // A copy: the chunk's memory is the transport's.
    this.#peerNonce = body.slice(NONCE_AT, HELLO_BYTES);
    if (this.#secret === undefined) this.done = true;
    return this.#secret !== undefined && this.#role === 'connecting' ? this.#prove(this.#secret) : undefined;
  }

  #checkSecretAsked(asked: boolean): void {
    if (asked && this.#secret === undefined) {
      throw new ProtocolError("The other side asks for a secret; this one has none: give it by option 'secret'");
    }
    if (!asked && this.#secret !== undefined) {
      throw new ProtocolError('The other side knows no secret, and this one asks for it');
    }
  }

  #takeProof(body: Uint8Array, secret: Uint8Array, peerNonce: Uint8Array): Uint8Array | undefined {
    const peerRole = this.#role === 'connecting' ? 'accepting' : 'connecting';
    const expected = proofOf(secret, peerRole, this.#nonce, peerNonce);
    if (body.byteLength !== expected.byteLength || !timingSafeEqual(body, expected)) {
      throw new ProtocolError('The other side does not know the secret');
    }
    this.done = true;
    return this.#role === 'accepting' ? this.#prove(secret) : undefined;
  }

  #prove(secret: Uint8Array): Uint8Array {
    return makeFrame(FrameKind.proof, proofOf(secret, this.#role, this.#peerNonce as Uint8Array, this.#nonce));
  }
}

function proofOf(secret: Uint8Array, role: Role, challenge: Uint8Array, own: Uint8Array): Uint8Array {
  return createHmac('sha256', secret).update(`reveille ${VERSION} ${role}`).update(challenge).update(own).digest();
}
