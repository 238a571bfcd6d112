/** The failures of lines: the first ones on the terminal, all of them in a file if the user names one. */

/** How many failures are shown before the rest is only counted. */
export const SHOWN = 20;

/** Where failures go. */
export interface FailureOutput {
  /** Shows one line of text to the user. */
  show(text: string): void;
  /** Takes one line of NDJSON for the file, if there is one. It settles the line when it is written. */
  record?(text: string, line: number): void;
  /** The failure was shown or counted, and nothing is left to be written. */
  settled(line: number): void;
}

/** A failed item. */
export interface Failure {
  readonly line: number;
  /** The text of the line. */
  readonly input: string;
  readonly error: unknown;
  /** How often it was tried. */
  readonly attempts: number;
}

/** Counts, shows and records failures. */
export class FailureLog {
  readonly #output: FailureOutput;
  #count = 0;

  constructor(output: FailureOutput) {
    this.#output = output;
  }

  get count(): number {
    return this.#count;
  }

  /** How many failures were counted and not shown. */
  get unseen(): number {
    return Math.max(0, this.#count - SHOWN);
  }

  add(failure: Failure): void {
    this.#count++;
    if (this.#count <= SHOWN) this.#output.show(`line ${failure.line}: ${describeError(failure.error)}`);
    if (this.#output.record === undefined) this.#output.settled(failure.line);
    else this.#output.record(`${JSON.stringify(recordOf(failure))}\n`, failure.line);
  }
}

/** The name and message of whatever was thrown, on one line. */
export function describeError(error: unknown): string {
  const { name, message } = partsOf(error);
  return `${name}: ${message}`.replaceAll(/\s*\n\s*/g, ' ');
}

function recordOf({ line, input, error, attempts }: Failure): Record<string, unknown> {
  return { line, error: partsOf(error), ...(attempts > 1 ? { attempts } : {}), input };
}

function partsOf(error: unknown): { name: string; message: string; code?: string | number } {
  if (!(error instanceof Error)) return { name: 'Thrown', message: textOf(error) };
  const { code } = error as Error & { code?: unknown };
  const known = typeof code === 'string' || typeof code === 'number';
  return { name: error.name, message: error.message, ...(known ? { code } : {}) };
}

/** A task may throw anything, also what has no text. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
