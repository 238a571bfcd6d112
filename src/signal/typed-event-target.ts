/** An EventTarget that knows its events. */

type Listener = Parameters<EventTarget['addEventListener']>[1];
type ListenOptions = Parameters<EventTarget['addEventListener']>[2];

/**
 * An EventTarget whose listeners get the event of their type.
 *
 * @typeParam E - the events, by type; others may be listened to as well
 */
export class TypedEventTarget<E> extends EventTarget {
  /** Calls `listener` at each event of `type`. */
  override addEventListener<T extends keyof E & string>(
    type: T,
    listener: ((event: E[T]) => void) | null,
    options?: ListenOptions,
  ): void;
  override addEventListener(type: string, listener: Listener | null, options?: ListenOptions): void;
  override addEventListener(
    type: string,
    listener: ((event: never) => void) | Listener | null,
    options?: ListenOptions,
  ): void {
    this.onListen(type);
    super.addEventListener(type, listener as Listener, options);
  }

  /** @internal Somebody listens to `type` from now on: for events that are made only if somebody does. */
  protected onListen(_type: string): void {}
}
