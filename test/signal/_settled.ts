/** What became of a promise: for assertions on promises that may be pending. */
export interface Observed<T> {
  state: 'pending' | 'fulfilled' | 'rejected';
  value?: T;
  error?: unknown;
}

/** Follows a promise without waiting for it. */
export function observe<T>(promise: Promise<T>): Observed<T> {
  const observed: Observed<T> = { state: 'pending' };
  promise.then(
    (value) => {
      observed.state = 'fulfilled';
      observed.value = value;
    },
    (error: unknown) => {
      observed.state = 'rejected';
      observed.error = error;
    },
  );
  return observed;
}

/** Lets `turns` rounds of microtasks run, and no macrotask. */
export function microtasks(turns = 10): Promise<void> {
  return Array.from({ length: turns }).reduce<Promise<void>>((last) => last.then(() => {}), Promise.resolve());
}
