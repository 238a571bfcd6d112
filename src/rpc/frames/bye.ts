/** The last frame of a side: why it ends the connection, and whether trying again makes sense. */
import { Buffer } from 'node:buffer';
import { PeerGoneError, ProtocolError } from '../../errors.ts';
import { FrameKind, makeFrame } from './frame.ts';

/** The first byte of the body. */
const FINAL = 1;
const NOT_FINAL = 0;
/** A reason is a sentence. */
const REASON_BYTES = 1_000;

/** @param isFinal - whether the same would happen again */
export function byeFrame(reason: string, isFinal: boolean): Uint8Array {
  const text = Buffer.from(reason).subarray(0, REASON_BYTES);
  return makeFrame(FrameKind.bye, Buffer.concat([Uint8Array.of(isFinal ? FINAL : NOT_FINAL), text]));
}

/** What the other side has said by a bye. */
export function readBye(body: Uint8Array, peer: string): PeerGoneError | ProtocolError {
  const text = Buffer.from(body.subarray(1, 1 + REASON_BYTES)).toString();
  const message = `${peer} closed the connection${text === '' ? '' : `: ${text}`}`;
  return body[0] === FINAL ? new ProtocolError(message) : new PeerGoneError(message);
}
