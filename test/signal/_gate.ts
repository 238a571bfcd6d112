/** A promise that a test resolves when it wants to. (Node 20 has no `Promise.withResolvers`.) */
export interface Gate<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

export function gateOf<T = void>(): Gate<T> {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((open) => (resolve = open));
  return { promise, resolve };
}
