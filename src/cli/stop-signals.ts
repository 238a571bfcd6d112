/** The two Ctrl-Cs: the first asks to stop, the second ends at once. */
import type { CommandIo, StopSignal } from './io.ts';

const SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Listens to the signals that ask the command to stop, until closed. */
export class StopSignals {
  readonly #unlisten: Array<() => void>;
  #first: StopSignal | undefined;

  /**
   * @param onFirst called at the first signal.
   * @param onSecond called at each one after that.
   */
  constructor(io: CommandIo, onFirst: (signal: StopSignal) => void, onSecond: (signal: StopSignal) => void) {
    this.#unlisten = SIGNALS.map((signal) =>
      io.onSignal(signal, () => {
        if (this.#first !== undefined) return onSecond(signal);
        this.#first = signal;
        onFirst(signal);
      }),
    );
  }

  /** The signal that came first, if one has come. */
  get received(): StopSignal | undefined {
    return this.#first;
  }

  close(): void {
    for (const unlisten of this.#unlisten.splice(0)) unlisten();
  }
}
