/** The names most like `name`, nearest first: for "did you mean". */
export function nearestNames(name: string, names: readonly string[], most = 3): string[] {
  const limit = Math.max(2, Math.floor(name.length / 2));
  return names
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/**
 * A message for a task that does not exist.
 *
 * @param others - what the module exports beside its tasks, by name
 */
export function unknownTaskMessage(
  name: string,
  names: readonly string[],
  others: Readonly<Record<string, string>>,
): string {
  if (Object.hasOwn(others, name))
    return `Cannot run '${name}': the module exports it, but as ${others[name]}, not as a function`;
  const near = nearestNames(name, names);
  if (near.length > 0) return `Cannot find task '${name}': did you mean ${near.map((n) => `'${n}'`).join(' or ')}?`;
  const known = names
    .slice(0, 10)
    .map((n) => `'${n}'`)
    .join(', ');
  return `Cannot find task '${name}': the module exports ${known}${names.length > 10 ? ', ...' : ''}`;
}

/** Levenshtein's distance, one row at a time. https://en.wikipedia.org/wiki/Levenshtein_distance */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
