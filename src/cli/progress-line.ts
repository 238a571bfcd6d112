/**
 * The last line of a terminal, redrawn in place.
 *
 * Whoever makes progress says so as often as it likes; the line is drawn at most ten times a second. Its one timer only
 * draws what the last call left undrawn: without progress there is no timer and nothing is drawn.
 */
import type { Runtime, Timer } from '../runtime.ts';
import type { OutputStream } from './io.ts';

const REDRAW_MS = 100;
const USUAL_COLUMNS = 80;
/** To the first column, and erase to the end of the line (https://en.wikipedia.org/wiki/ANSI_escape_code). */
const ERASE = '\r\u001B[K';

/** A line that shows something's state while it changes. */
export class ProgressLine {
  readonly #terminal: OutputStream;
  readonly #clock: Pick<Runtime, 'now' | 'setTimer'>;
  readonly #render: (width: number, now: number) => string;
  #timer: Timer | undefined;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #visible = false;
  #ended = false;

  /** @param render the text for a terminal of `width` columns. */
  constructor(
    terminal: OutputStream,
    clock: Pick<Runtime, 'now' | 'setTimer'>,
    render: (width: number, now: number) => string,
  ) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#render = render;
  }

  /** There was progress: draws now, or as soon as a tenth of a second has passed since the last time. */
  update(): void {
    if (this.#timer !== undefined || this.#ended) return;
    const wait = this.#drawnAt + REDRAW_MS - this.#clock.now();
    if (wait <= 0) this.#draw();
    else this.#timer = this.#clock.setTimer(() => this.#draw(), Math.ceil(wait));
  }

  /** Writes a line above this one. */
  print(text: string): void {
    const again = this.#visible;
    this.#terminal.write(`${again ? ERASE : ''}${text}\n`);
    this.#visible = false;
    if (again) this.update();
  }

  /** Takes the line away for good. */
  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#visible) this.#terminal.write(ERASE);
    this.#visible = false;
  }

  #draw(): void {
    this.#timer = undefined;
    if (this.#ended) return;
    const now = this.#clock.now();
    this.#drawnAt = now;
    // One column stays free: a character in the last one makes some terminals wrap.
    const width = (this.#terminal.columns || USUAL_COLUMNS) - 1;
    this.#terminal.write(`${ERASE}${this.#render(width, now).slice(0, width)}`);
    this.#visible = true;
  }
}
