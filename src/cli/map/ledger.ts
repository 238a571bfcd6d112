/**
 * Which lines are done, so that a stopped job can say exactly where to go on.
 *
 * Only the lines that were read and are not done yet are kept, and the job bounds those; so the ledger stays small
 * however long the input is, and however far one slow line lags behind the rest.
 */

/** Where a stopped job goes on. */
export interface ResumePoint {
  /** Every line up to this one is done: the N of `--skip N`. */
  readonly skip: number;
  /** How many lines after that are done as well, and will be done again. */
  readonly doneAfter: number;
}

/** Keeps account of the lines from read to done. */
export class Ledger {
  /** In the order of the input: a Set iterates in the order of insertion. */
  readonly #open = new Set<number>();
  #read: number;

  /** @param skipped the number of lines that were skipped at the start. */
  constructor(skipped: number) {
    this.#read = skipped;
  }

  /** `line` was read and will be worked on. Lines come in order; those left out hold no item. */
  opened(line: number): void {
    this.#read = line;
    this.#open.add(line);
  }

  /** The result of `line` is written, or its failure reported. */
  settled(line: number): void {
    this.#open.delete(line);
  }

  /** How many lines were read and are not done. */
  get openLines(): number {
    return this.#open.size;
  }

  resumePoint(): ResumePoint {
    const [first] = this.#open;
    const skip = first === undefined ? this.#read : first - 1;
    return { skip, doneAfter: this.#read - skip - this.#open.size };
  }
}
