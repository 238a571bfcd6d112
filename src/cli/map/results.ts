/** The way of the results to the output: as they come, or in the order of the input. */
import { OrderWindow } from './order-window.ts';
import type { Sink } from './sink.ts';

/** Results that may wait for an earlier one, in number ... */
const MOST_AHEAD = 8_192;
/** ... and in characters. */
const MOST_CHARACTERS_AHEAD = 64 * 1024 * 1024;

/** A result as it will be written. */
interface Printed {
  readonly text: string;
  readonly line: number;
}

/** Hands results to the output. Every item reserves its place first and then fills it. */
export interface Results {
  /** Whether one more item may be taken on. */
  readonly hasRoom: boolean;
  reserve(): number;
  /** Writes `text` as the outcome of `line`. */
  fill(place: number, text: string, line: number): void;
  /** Nothing is written for this place: its item failed. */
  leaveOut(place: number): void;
}

/** Results are written as they come. */
export function unordered(output: Sink): Results {
  return {
    hasRoom: true,
    reserve: () => 0,
    fill: (_place, text, line) => output.write(text, line),
    leaveOut: () => {},
  };
}

/** Results are written in the order in which their places were reserved. */
export function ordered(output: Sink): Results {
  let charactersAhead = 0;
  const window = new OrderWindow<Printed>(({ text, line }) => {
    charactersAhead -= text.length;
    output.write(text, line);
  });
  return {
    get hasRoom() {
      return window.span < MOST_AHEAD && charactersAhead < MOST_CHARACTERS_AHEAD;
    },
    reserve: () => window.reserve(),
    fill(place, text, line) {
      charactersAhead += text.length;
      window.fill(place, { text, line });
    },
    leaveOut: (place) => window.fill(place, undefined),
  };
}
