/** What was sent in one turn goes out in one write. */
import { Buffer } from 'node:buffer';

/** Copying less than this costs less than another piece in a write. */
const WORTH_JOINING_BYTES = 16 * 1024;
/** How much is joined into one piece. */
const PIECE_BYTES = 256 * 1024;

/** The same bytes in few pieces: small frames are joined, large ones stay as they are. */
export function joinFrames(frames: readonly Uint8Array[]): readonly Uint8Array[] {
  if (frames.length < 2) return frames;
  const pieces: Uint8Array[] = [];
  let small: Uint8Array[] = [];
  let bytes = 0;
  const endPiece = (): void => {
    if (small.length > 0) pieces.push(small.length === 1 ? (small[0] as Uint8Array) : Buffer.concat(small, bytes));
    small = [];
    bytes = 0;
  };
  for (const frame of frames) {
    if (frame.byteLength >= WORTH_JOINING_BYTES) {
      endPiece();
      pieces.push(frame);
    } else {
      small.push(frame);
      bytes += frame.byteLength;
      if (bytes >= PIECE_BYTES) endPiece();
    }
  }
  endPiece();
  return pieces;
}
