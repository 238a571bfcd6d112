/**
 * What Comlink's own transfer handlers keep to themselves. Its `proxy` handler turns an object into a port, its `throw`
 * handler an error into its message and stack; our endpoints need the object and the error. So each is wrapped in one
 * that does the very same and remembers what it was given, for as long as anybody has what it made. Comlink's other
 * users in this thread notice nothing.
 */
import { type TransferHandler, transferHandlers } from 'comlink';

type AnyHandler = TransferHandler<unknown, unknown>;

const objects = new WeakMap<object, object>();
const thrown = new WeakMap<object, { readonly value: unknown }>();

/** The object that Comlink's `proxy` handler made `port` for. */
export function objectBehind(port: unknown): object | undefined {
  return typeof port === 'object' && port !== null ? objects.get(port) : undefined;
}

/** What was thrown, of what Comlink's `throw` handler made of it. */
export function thrownBehind(serialized: unknown): { readonly value: unknown } | undefined {
  return typeof serialized === 'object' && serialized !== null ? thrown.get(serialized) : undefined;
}

remember('proxy', (value, port) => objects.set(port as object, value as object));
remember('throw', (value, serialized) => thrown.set(serialized as object, value as { readonly value: unknown }));

function remember(name: string, note: (value: unknown, serialized: unknown) => void): void {
  const handler = transferHandlers.get(name) as AnyHandler;
  transferHandlers.set(name, {
    canHandle: (value): value is unknown => handler.canHandle(value),
    serialize(value) {
      const made = handler.serialize(value);
      note(value, made[0]);
      return made;
    },
    deserialize: (value) => handler.deserialize(value),
  });
}
