/**
 * WebSockets that leave Nagle's algorithm on (https://www.rfc-editor.org/rfc/rfc896), and offer nothing to turn it off.
 *
 * Such a socket's system holds back what fills no segment while anything it sent before is unacknowledged, and the
 * other system delays its acknowledgement for 40 ms and more in the hope of something to send it with
 * (https://www.rfc-editor.org/rfc/rfc1122#section-4.2.3.2). So two writes in a row, with nothing coming back, cost
 * 40 ms; and the platform makes two of every message that is longer than 1,024 bytes, the head of the frame first.
 *
 * Hence what such a side sends is cut so that each message is one write, and the other side sends something for what
 * has come in a turn of its event loop: an answer, or an empty message where it has none. An empty message is also how
 * it learns that this is wanted. What takes a whole segment does not wait, and is not cut.
 */
import { runtime } from '../runtime.ts';

/** The longest message that such a platform sends in one write. */
export const ONE_WRITE_BYTES = 1_024;
/** More than a segment, the largest of which, 65,483 bytes, are those of the loopback. */
const WHOLE_BYTES = 65_536;

/** What asks for a sign of everything that is received, and is one. */
export const SIGN: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/** The same bytes as messages that do not wait for each other. */
export function* withoutWaiting(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const chunk of chunks) {
    const step = chunk.byteLength < WHOLE_BYTES ? ONE_WRITE_BYTES : chunk.byteLength;
    for (let at = 0; at < chunk.byteLength; at += step) yield chunk.subarray(at, at + step);
  }
}

/** Sees to it that whoever waits for a sign gets one of each turn in which something has come. */
export class SignGiver {
  readonly #give: () => void;
  #isDue = false;
  #isPlanned = false;

  /** @param give - sends an empty message */
  constructor(give: () => void) {
    this.#give = give;
  }

  /** Something has come. */
  received(): void {
    this.#isDue = true;
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    // What is called meanwhile may well answer.
    runtime().defer(this.#turnEnded);
  }

  /** Something was sent, which is as good. */
  sent(): void {
    this.#isDue = false;
  }

  readonly #turnEnded = (): void => {
    this.#isPlanned = false;
    if (this.#isDue) this.#give();
    this.#isDue = false;
  };
}
