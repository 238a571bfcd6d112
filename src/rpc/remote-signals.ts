/** AbortSignals that go with calls: the other side gets one that is aborted when ours is. */
import { fromErrorRecord, toErrorRecord } from '../channel/codec/error-record.ts';
import { isNumber } from './link-frames.ts';

/** As it travels: the signal's number, and the record of its reason if it is aborted already. */
type SentSignal = readonly [number: number, reason?: unknown];

/** Signals of this side. */
export class SentSignals {
  readonly #abort: (number: number, reason: unknown) => void;
  readonly #watched = new Map<number, () => void>();
  #next = 1;

  /** @param abort - tells the other side */
  constructor(abort: (number: number, reason: unknown) => void) {
    this.#abort = abort;
  }

  /** Watches a signal until it is aborted or `forget` is called with its number. */
  send(signal: AbortSignal): SentSignal {
    const number = this.#next++;
    if (signal.aborted) return [number, toErrorRecord(signal.reason)];
    const tell = (): void => {
      this.#watched.delete(number);
      this.#abort(number, toErrorRecord(signal.reason));
    };
    signal.addEventListener('abort', tell, { once: true });
    this.#watched.set(number, () => signal.removeEventListener('abort', tell));
    return [number];
  }

  forget(number: number): void {
    this.#watched.get(number)?.();
    this.#watched.delete(number);
  }

  clear(): void {
    for (const number of [...this.#watched.keys()]) this.forget(number);
  }
}

/** Signals of the other side. */
export class ReceivedSignals {
  readonly #controllers = new Map<number, AbortController>();

  /** @throws {TypeError} if that is no signal as it travels */
  receive(sent: unknown): AbortSignal {
    const [number, reason] = Array.isArray(sent) ? (sent as unknown[]) : [];
    if (!isNumber(number)) throw new TypeError('Expected a signal, got something else');
    const controller = new AbortController();
    if (reason === undefined) this.#controllers.set(number, controller);
    else controller.abort(fromErrorRecord(reason));
    return controller.signal;
  }

  /** Takes one back that nobody will be told about any more. */
  forget(sent: unknown): void {
    if (Array.isArray(sent)) this.#controllers.delete(sent[0] as number);
  }

  abort(number: number, reason: unknown): void {
    const controller = this.#controllers.get(number);
    this.#controllers.delete(number);
    controller?.abort(fromErrorRecord(reason));
  }

  abortAll(reason: Error): void {
    const controllers = [...this.#controllers.values()];
    this.#controllers.clear();
    for (const controller of controllers) controller.abort(reason);
  }
}
