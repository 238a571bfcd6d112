/** Types that follow from the user's module. */
import type { Moving } from './thread/current-task.ts';

/** Any function that can be a task. */
// The parameters of a function type are contravariant: `never[]` is what every parameter list is assignable to.
export type AnyTask = (...args: never[]) => unknown;

/** The names of a module's tasks. */
export type TaskName<M> = {
  [K in keyof M]: K extends 'init' | 'teardown' ? never : M[K] extends AnyTask ? K : never;
}[keyof M] &
  string;

/** What a task takes. */
export type TaskArguments<M, K extends keyof M> = M[K] extends (...args: infer A) => unknown ? A : never;

/** What the caller of a task gets: its result, awaited, and with what was moved taken out. */
export type TaskResult<M, K extends keyof M> = M[K] extends (...args: never[]) => infer R ? Unmoved<Awaited<R>> : never;

type Unmoved<R> = R extends Moving<infer T> ? T : R;

/** A module's tasks as functions that return promises. */
export type Tasks<M> = { readonly [K in TaskName<M>]: (...args: TaskArguments<M, K>) => Promise<TaskResult<M, K>> };
