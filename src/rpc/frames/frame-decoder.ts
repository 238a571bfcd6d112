/** Bytes, however they were cut and merged on the way, back to frames. */
import { Buffer } from 'node:buffer';
import { ProtocolError } from '../../errors.ts';
import { LENGTH_BYTES, readUint32 } from './frame.ts';

/** Memory is set aside for this much of a frame at once, and beyond it for so many times what has come of it. */
const AT_ONCE_BYTES = 64 * 1024;
const AHEAD = 8;

/**
 * Takes chunks, gives frames. A frame that lies within one chunk is a view of it. One that is cut is copied once as it
 * comes in, into memory that is set aside in step with what has come: whoever announces a large frame and sends nothing
 * costs nothing, and whoever sends it byte by byte costs what it sends.
 */
export class FrameDecoder {
  /** The longest frame that is let in, its kind included; a longer one is refused as soon as its length is known. */
  limit: number;
  readonly #lengthBytes = new Uint8Array(LENGTH_BYTES);
  #lengthFilled = 0;
  #frame: Buffer = Buffer.alloc(0);
  #filled = 0;
  /** How long the frame is that has begun; 0 between two frames. */
  #length = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /**
   * Calls `onFrame` with the kind and body of each frame that the chunk completes. The view is the listener's to keep,
   * as long as the chunk's memory is not written to again.
   *
   * @param onFrame - returns whether to go on
   * @throws {ProtocolError} for a frame that is empty or longer than the limit. The decoder is of no use afterwards.
   */
  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => boolean): void {
    let at = 0;
    while (at < chunk.byteLength) {
      if (this.#length === 0) {
        at = this.#readLength(chunk, at);
        if (this.#length === 0) return;
        if (chunk.byteLength - at >= this.#length) {
          const frame = chunk.subarray(at, at + this.#length);
          at += this.#length;
          this.#length = 0;
          if (!onFrame(frame)) return;
          continue;
        }
      }
      at = this.#fill(chunk, at);
      if (this.#filled === this.#length && this.#length > 0 && !onFrame(this.#takeFrame())) return;
    }
  }

  /** Reads as much of a length as there is, and checks it once it is whole. Returns where the chunk goes on. */
  #readLength(chunk: Uint8Array, start: number): number {
    let at = start;
    while (this.#lengthFilled < LENGTH_BYTES && at < chunk.byteLength) {
      this.#lengthBytes[this.#lengthFilled++] = chunk[at++] as number;
    }
    if (this.#lengthFilled < LENGTH_BYTES) return at;
    this.#lengthFilled = 0;
    const length = readUint32(this.#lengthBytes, 0);
    if (length === 0) throw new ProtocolError('The other side sent a frame of no length');
    if (length > this.limit) {
      throw new ProtocolError(`The other side sent a frame of ${length} bytes, and at most ${this.limit} are taken`);
    }
    this.#length = length;
    return at;
  }

  #fill(chunk: Uint8Array, at: number): number {
    const piece = chunk.subarray(at, at + this.#length - this.#filled);
    this.#makeRoom(this.#filled + piece.byteLength);
    this.#frame.set(piece, this.#filled);
    this.#filled += piece.byteLength;
    return at + piece.byteLength;
  }

  /** Growing eightfold copies a seventh of a large frame once more. */
  #makeRoom(bytes: number): void {
    if (bytes <= this.#frame.byteLength) return;
    const room = Buffer.allocUnsafeSlow(Math.min(this.#length, Math.max(AT_ONCE_BYTES, AHEAD * bytes)));
    room.set(this.#frame.subarray(0, this.#filled));
    this.#frame = room;
  }

  #takeFrame(): Uint8Array {
    const frame = this.#frame.subarray(0, this.#length);
    this.#frame = Buffer.alloc(0);
    this.#filled = 0;
    this.#length = 0;
    return frame;
  }
}
