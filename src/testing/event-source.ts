/** What may tell a wait in a test that it is time to look again. */
import { Primitive } from '../signal/primitive.ts';
import { describe, isAbortSignal } from '../signal/wait-options.ts';
import { waitAny } from '../signal/wait-any.ts';
import { watchPromise } from '../signal/watch-promise.ts';

/** What Node's `EventEmitter` has, and what is like it. */
export interface EmitterLike {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** What the web's `EventTarget` has. */
export interface EventTargetLike {
  addEventListener(type: string, listener: () => void): unknown;
  removeEventListener(type: string, listener: () => void): unknown;
}

/**
 * Something after which it is worth to look again: events by name of an emitter or event target, as in `[server,
 * 'close', 'error']`; a signal; a promise (its rejection ends the wait); each item of an async iterable; a primitive of
 * this package that gives nothing away, such as an event or a latch, once it lets its waiters go.
 */
export type EventSource =
  | readonly [EmitterLike | EventTargetLike, ...events: string[]]
  | AbortSignal
  | PromiseLike<unknown>
  | AsyncIterable<unknown>
  | Primitive;

/** What a source tells. */
export interface SourceListener {
  happened(): void;
  failed(error: unknown): void;
}

/**
 * Refuses what is no source.
 *
 * @throws {TypeError} that says what was found at which index.
 */
export function checkSources(sources: unknown): asserts sources is readonly EventSource[] {
  if (!Array.isArray(sources)) {
    throw new TypeError(`Expected option 'on' to be an array of what to listen to, got ${describe(sources)}`);
  }
  sources.forEach((source: unknown, index) => {
    if (source instanceof Primitive) {
      if (!source.isExclusive) return;
      throw new TypeError(
        `Expected option 'on[${index}]' to give nothing away, got ${source.name}: to wait for it would take from it`,
      );
    }
    if (isAbortSignal(source) || isPromiseLike(source) || isAsyncIterable(source) || isEvents(source)) return;
    throw new TypeError(
      `Expected option 'on[${index}]' to be [emitter, 'event', ...], a signal, a promise, an async iterable or an ` +
        `event of this package, got ${describe(source)}`,
    );
  });
}

/** Listens to a source. Never tells before this returns. Returns what undoes it. */
export function listenTo(source: EventSource, listener: SourceListener): () => void {
  const happened = (): void => listener.happened();
  if (source instanceof Primitive) return listenToPrimitive(source, listener);
  if (isAbortSignal(source)) return listenToTarget(source, ['abort'], happened);
  if (isEvents(source)) {
    const [emitter, ...events] = source;
    return 'addEventListener' in emitter
      ? listenToTarget(emitter, events, happened)
      : listenToEmitter(emitter, events, happened);
  }
  if (isAsyncIterable(source)) return listenToItems(source, listener);
  return watchPromise(source, {
    fulfilled: happened,
    rejected: (error) => listener.failed(error),
  });
}

function listenToEmitter(emitter: EmitterLike, events: readonly string[], happened: () => void): () => void {
  for (const event of events) emitter.on(event, happened);
  return () => events.forEach((event) => emitter.off(event, happened));
}

function listenToTarget(target: EventTargetLike, events: readonly string[], happened: () => void): () => void {
  for (const event of events) target.addEventListener(event, happened);
  return () => events.forEach((event) => target.removeEventListener(event, happened));
}

/** Once: what is set stays so, and would tell again and again. */
function listenToPrimitive(primitive: Primitive, listener: SourceListener): () => void {
  const end = new AbortController();
  waitAny([primitive], { signal: end.signal, ref: false }).then(
    () => listener.happened(),
    (error: unknown) => {
      if (!end.signal.aborted) listener.failed(error);
    },
  );
  return () => end.abort();
}

function listenToItems(items: AsyncIterable<unknown>, listener: SourceListener): () => void {
  const iterator = items[Symbol.asyncIterator]();
  let isOver = false;
  const follow = async (): Promise<void> => {
    for (let next = await iterator.next(); !isOver && next.done !== true; next = await iterator.next()) {
      listener.happened();
    }
    if (!isOver) listener.happened();
  };
  follow().catch((error: unknown) => {
    if (!isOver) listener.failed(error);
  });
  return () => {
    isOver = true;
    // A generator answers only once what it awaits has come: nobody waits for that.
    iterator.return?.().catch(() => {});
  };
}

function isEvents(value: unknown): value is readonly [EmitterLike | EventTargetLike, ...string[]] {
  if (!Array.isArray(value) || value.length < 2) return false;
  const [emitter, ...events] = value as unknown[];
  if (typeof emitter !== 'object' || emitter === null) return false;
  const { on, off, addEventListener } = emitter as Partial<EmitterLike & EventTargetLike>;
  const emits = typeof addEventListener === 'function' || (typeof on === 'function' && typeof off === 'function');
  return emits && events.every((event) => typeof event === 'string');
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
