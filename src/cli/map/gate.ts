/**
 * Where the job waits for any of the facts it depends on: input arrived, an item settled, the output drained, a time
 * came, a stop was asked for. Whoever changes a fact rings; the job wakes and looks at all of them.
 */
export class Gate {
  #open: (() => void) | undefined;
  #rung = false;

  /** Wakes who waits, or the next to wait if nobody does. */
  ring(): void {
    const open = this.#open;
    if (open === undefined) {
      this.#rung = true;
      return;
    }
    this.#open = undefined;
    open();
  }

  /** Resolves at the next ring, or at once if it has rung since the last wait. There is one waiter at a time. */
  async wait(): Promise<void> {
    if (!this.#rung) await new Promise<void>((resolve) => (this.#open = resolve));
    this.#rung = false;
  }
}
