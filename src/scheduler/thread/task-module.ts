/** The user's module inside a thread: loaded once, its functions by name. */
import { ModuleLoadError, TaskNotFoundError } from '../../errors.ts';
import { unknownTaskMessage } from '../nearest-names.ts';

export type TaskFunction = (...args: unknown[]) => unknown;

/** Exports that are called by the thread rather than by callers. */
const HOOKS = new Set(['init', 'teardown']);

export class TaskModule {
  /** The names of the tasks, sorted; a task's index is its place here. */
  readonly names: readonly string[];
  readonly #functions: readonly TaskFunction[];
  readonly #exports: Readonly<Record<string, unknown>>;

  private constructor(exports: Record<string, unknown>) {
    this.#exports = exports;
    this.names = Object.keys(exports)
      .filter((name) => typeof exports[name] === 'function' && !HOOKS.has(name) && name !== 'module.exports')
      .sort();
    this.#functions = this.names.map((name) => exports[name] as TaskFunction);
  }

  /**
   * Imports the module at `url` and runs its `init`.
   *
   * @throws {ModuleLoadError} with the module's own error as its cause.
   */
  static async load(url: string): Promise<TaskModule> {
    const module = new TaskModule(await importTasks(url));
    if (module.names.length === 0) {
      const found = Object.keys(module.others);
      throw new ModuleLoadError(
        `Cannot use ${url} as a task module: it exports no function` +
          (found.length === 0
            ? ', and nothing else'
            : `; its exports are ${found.map((name) => `'${name}'`).join(', ')}`),
      );
    }
    await module.#runHook('init');
    return module;
  }

  /** The task of that index. */
  at(index: number): TaskFunction {
    return this.#functions[index] as TaskFunction;
  }

  /** What the module exports beside its tasks and hooks, by name. */
  get others(): Record<string, string> {
    const others = Object.entries(this.#exports).filter(([name]) => !this.names.includes(name) && !HOOKS.has(name));
    return Object.fromEntries(others.map(([name, value]) => [name, typeOf(value)]));
  }

  /** @throws {TaskNotFoundError} naming the nearest tasks. */
  named(name: string): TaskFunction {
    const index = this.names.indexOf(name);
    if (index < 0) throw new TaskNotFoundError(unknownTaskMessage(name, this.names, this.others));
    return this.at(index);
  }

  /** Runs the module's `teardown`, if it has one. */
  async teardown(): Promise<void> {
    await this.#runHook('teardown');
  }

  async #runHook(name: 'init' | 'teardown'): Promise<void> {
    const hook = this.#exports[name];
    if (typeof hook === 'function') await (hook as () => unknown)();
  }
}

/** A CommonJS module's functions may be members of its default export only. */
async function importTasks(url: string): Promise<Record<string, unknown>> {
  const namespace = (await import(/* @vite-ignore */ url)) as Record<string, unknown>;
  const { default: main } = namespace;
  if (typeof main !== 'object' || main === null) return { ...namespace };
  const members = Object.fromEntries(Object.entries(main).filter(([, value]) => typeof value === 'function'));
  return { ...members, ...namespace };
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
