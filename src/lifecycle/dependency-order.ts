/** Who needs whom, and what order follows from it. */

/** What is known of each name: those that it comes after. */
export type Dependencies = ReadonlyMap<string, readonly string[]>;

/** A way from `name` back to itself, as in `['a', 'b', 'a']`; undefined if there is none. */
export function cycleThrough(name: string, dependencies: Dependencies): string[] | undefined {
  const seen = new Set<string>();
  const search = (at: string, trail: readonly string[]): string[] | undefined => {
    for (const next of dependencies.get(at) ?? []) {
      if (next === name) return [...trail, name];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = search(next, [...trail, next]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(name, [name]);
}

/** All names, each after those that it comes after. There must be no cycle. */
export function startOrder(dependencies: Dependencies): string[] {
  const order = new Set<string>();
  const visit = (name: string): void => {
    if (order.has(name)) return;
    for (const dependency of dependencies.get(name) ?? []) visit(dependency);
    order.add(name);
  };
  for (const name of dependencies.keys()) visit(name);
  return [...order];
}

/** For each name, how many there are in the longest chain from it down to one that needs nobody, both included. */
export function depths(dependencies: Dependencies): Map<string, number> {
  const result = new Map<string, number>();
  for (const name of startOrder(dependencies)) {
    const below = (dependencies.get(name) ?? []).map((dependency) => result.get(dependency) ?? 0);
    result.set(name, 1 + Math.max(0, ...below));
  }
  return result;
}

/** For each name, those that come after it. */
export function dependents(dependencies: Dependencies): Map<string, string[]> {
  const result = new Map([...dependencies.keys()].map((name): [string, string[]] => [name, []]));
  for (const [name, after] of dependencies) {
    for (const dependency of after) result.get(dependency)?.push(name);
  }
  return result;
}
