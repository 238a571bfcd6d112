/** The object that a service offers: found in its module, or made by what is found there. */
import { ModuleLoadError } from '../../errors.ts';
import { describe } from '../../signal/wait-options.ts';
import type { ServiceSetup } from './service-control.ts';

/** What a service may have to be told of its own life. Clients cannot call these. */
export interface ServiceHooks {
  /** Called first. The service is ready once it resolves. `signal` fires when it is to give up. */
  start?(signal: AbortSignal): unknown;
  /** Called last, once no call is under way. `signal` fires when its time is up. */
  stop?(signal: AbortSignal): unknown;
  /** Whether it is well: throws, rejects or returns false if not. */
  health?(): unknown;
}

const HOOKS: ReadonlySet<unknown> = new Set(['start', 'stop', 'health']);

/** Whether it is the name of something that is the service's own business. */
export function isHook(name: unknown): boolean {
  return HOOKS.has(name);
}

/**
 * Makes the service.
 *
 * @param given - the object, class or function itself, where there is no module
 * @throws {ModuleLoadError} if the module cannot be loaded or has no such export; also what the service's constructor
 *   throws
 */
export async function makeService(setup: ServiceSetup, given: unknown): Promise<ServiceHooks> {
  const found = setup.module === undefined ? given : await exportOf(setup, setup.module);
  const made = await makeOf(found, setup.args);
  if ((typeof made === 'object' && made !== null) || typeof made === 'function') return made;
  throw new TypeError(`Expected service '${setup.name}' to be an object, got ${describe(made)}`);
}

async function exportOf({ name, export: wanted }: ServiceSetup, module: string): Promise<unknown> {
  let exports: Record<string, unknown>;
  try {
    exports = (await import(module)) as Record<string, unknown>;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ModuleLoadError(`Cannot load ${module}, the module of service '${name}': ${why}`, { cause: error });
  }
  if (wanted in exports) return exports[wanted];
  const names = Object.keys(exports).join(', ') || 'nothing';
  throw new ModuleLoadError(`Cannot start service '${name}': ${module} exports ${names}, and no '${wanted}'`);
}

/** A class is constructed, another function called, an object taken as it is. */
async function makeOf(found: unknown, args: readonly unknown[]): Promise<unknown> {
  if (typeof found !== 'function') return found;
  if (/^class\b/.test(Function.prototype.toString.call(found))) {
    return new (found as new (...args: readonly unknown[]) => unknown)(...args);
  }
  return await (found as (...args: readonly unknown[]) => unknown)(...args);
}
