/**
 * Starts and stops resources that need each other, in the order that follows.
 *
 *     start   each once those that it comes after run: independent branches side by side
 *     stop    each once those that come after it have stopped, or their time is up
 *
 * **How a stop is bounded.** One deadline holds for all. Each resource gets an equal share of what is left for each
 * resource in the longest chain that is still to stop after it. So one that hangs takes its share and not the others',
 * and what the quick ones do not use is left to the rest.
 */
import { deadlines } from '../signal/deadlines.ts';
import { type Dependencies, dependents, depths, startOrder } from './dependency-order.ts';
import { messageOf, type ResourceStop, type StopReport } from './lifecycle-report.ts';
import type { ManagedResource } from './managed-resource.ts';

type Resources = ReadonlyMap<string, ManagedResource>;

/** Why a start is given up: one of the resources failed. */
export class FailedStart extends Error {}

/** Who comes after whom. */
export function dependenciesOf(resources: Resources): Dependencies {
  return new Map([...resources.values()].map(({ name, after }) => [name, after]));
}

/**
 * Starts each as soon as it can be. Resolves when all have come up, or have not; the first that fails aborts the rest,
 * with a FailedStart for a reason.
 */
export async function startInOrder(resources: Resources, abort: AbortController): Promise<void> {
  const launched = new Map<string, Promise<boolean>>();
  for (const name of startOrder(dependenciesOf(resources))) {
    const resource = resources.get(name);
    if (resource === undefined) continue;
    const needed = resource.after.map((dependency) => launched.get(dependency) ?? Promise.resolve(false));
    launched.set(name, launch(resource, needed, abort));
  }
  await Promise.all(launched.values());
}

/** Stops those that have been started, or are being started, within `timeout` milliseconds. Never rejects. */
export async function stopInReverse(resources: Resources, timeout: number): Promise<StopReport> {
  const time = deadlines();
  const startedAt = time.now();
  const dependencies = dependenciesOf(resources);
  const levels = depths(dependencies);
  const users = dependents(dependencies);
  const ends = new Map<string, Promise<void>>();
  const report: ResourceStop[] = [];
  const stop = async (name: string): Promise<void> => {
    await Promise.all((users.get(name) ?? []).map((user) => ends.get(user) ?? Promise.resolve()));
    const left = Math.max(0, startedAt + timeout - time.now());
    const stopped = await resources.get(name)?.stop(left / (levels.get(name) ?? 1));
    if (stopped !== undefined) report.push(stopped);
  };
  for (const name of startOrder(dependencies).reverse()) ends.set(name, stop(name));
  await Promise.all(ends.values());
  const clean = report.every(({ outcome }) => outcome === 'stopped');
  return { ms: time.now() - startedAt, clean, resources: report };
}

/** Starts `resource` once those that it needs run; resolves to whether it does. */
async function launch(
  resource: ManagedResource,
  needed: readonly Promise<boolean>[],
  abort: AbortController,
): Promise<boolean> {
  const isReady = (await Promise.all(needed)).every((runs) => runs);
  if (!isReady || abort.signal.aborted) return false;
  if (await resource.start(abort.signal)) return true;
  const { name, error } = resource;
  abort.abort(new FailedStart(`Cannot start '${name}': ${messageOf(error)}`, { cause: error }));
  return false;
}
