/** How a frame goes out with what it moves, also where nothing can be moved. */
import type { MovableValue } from '../runtime.ts';
import type { Connection } from './connection.ts';
import type { Frame } from './link-frames.ts';

/**
 * Sends a frame. Where nothing can be moved, what was to be moved is copied, and is gone from here all the same.
 *
 * @throws {DOMException} DataCloneError, if the frame cannot be carried
 */
export function sendFrame(connection: Connection, frame: Frame, transfer: readonly MovableValue[]): void {
  if (transfer.length === 0 || connection.carries === 'values') {
    connection.send(frame, transfer);
    return;
  }
  if (!transfer.every((value) => value instanceof ArrayBuffer)) {
    throw new DOMException('Cannot send a port, or what else is no buffer, to another process', 'DataCloneError');
  }
  connection.send(frame);
  structuredClone(undefined, { transfer: [...transfer] });
}
