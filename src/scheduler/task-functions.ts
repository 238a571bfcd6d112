/** The tasks of a pool as functions: `await pool.tasks.resize(image, 200)`. */
import type { Tasks } from './task-types.ts';

/**
 * Each function is made when it is first asked for: before a thread has loaded the module, nobody knows what there is.
 *
 * @param names - the names of the tasks, as far as they are known
 */
export function taskFunctions<M>(
  names: () => readonly string[],
  run: (name: string, args: readonly unknown[]) => Promise<unknown>,
): Tasks<M> {
  const known = new Map<string, (...args: unknown[]) => Promise<unknown>>();
  return new Proxy(Object.create(null) as Tasks<M>, {
    get(_target, name) {
      // A promise that is resolved with `pool.tasks` must not take it for a thenable.
      if (typeof name === 'symbol' || name === 'then') return undefined;
      let task = known.get(name);
      if (task === undefined) known.set(name, (task = (...args) => run(name, args)));
      return task;
    },
    has: (_target, name) => names().includes(String(name)),
    ownKeys: () => [...names()],
    getOwnPropertyDescriptor: (target, name) =>
      names().includes(String(name))
        ? { value: target[name as keyof Tasks<M>], enumerable: true, configurable: true }
        : undefined,
  });
}
