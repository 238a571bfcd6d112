/**
 * What goes over a wire, on every transport that carries bytes. Transports may cut and merge it as they like.
 *
 *     0         4      5
 *     | length  | kind | body                length: of kind and body, big-endian
 *
 * | kind | body |
 * |---|---|
 * | hello | what `handshake.ts` says |
 * | proof | 32 bytes: that this side knows the shared secret |
 * | message | MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), extended as by msgpackr |
 * | ping, pong | nothing |
 * | taken | 4 bytes, big-endian: so many more bytes of message frames have been handed on |
 * | bye | UTF-8: why this side ends the connection. Nothing comes after it |
 */

/** What a frame is about. */
export const FrameKind = { hello: 1, proof: 2, message: 3, ping: 4, pong: 5, taken: 6, bye: 7 } as const;

/** What comes before a body: the length and the kind. */
export const HEADER_BYTES = 5;
/** What comes before the part that the length counts. */
export const LENGTH_BYTES = 4;

/** Fills in the header of a frame whose body is there already. */
export function writeHeader(frame: Uint8Array, kind: number): Uint8Array {
  const length = frame.byteLength - LENGTH_BYTES;
  frame[0] = length >>> 24;
  frame[1] = length >>> 16;
  frame[2] = length >>> 8;
  frame[3] = length;
  frame[4] = kind;
  return frame;
}

/** A whole frame around a copy of `body`. */
export function makeFrame(kind: number, body: Uint8Array = NOTHING): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + body.byteLength);
  frame.set(body, HEADER_BYTES);
  return writeHeader(frame, kind);
}

/** The big-endian number at `at`. */
export function readUint32(bytes: Uint8Array, at: number): number {
  const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]] as [number, number, number, number];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** The four bytes of a number, big-endian. */
export function uint32Bytes(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

const NOTHING = new Uint8Array(0);
