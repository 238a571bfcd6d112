/** Why does this program not end? Everything that goes on, by name. */
import { runtime } from '../runtime.ts';
import { activities, type Activity, provideActivities } from '../signal/activities.ts';
import { deadlines } from '../signal/deadlines.ts';
import { localQueues } from '../signal/local-waits.ts';

/** What goes on in this thread. */
export interface RunningReport {
  /** What the engine knows of, in no particular order. */
  readonly activities: readonly Activity[];
  /** What the runtime's event loop holds besides, as the runtime calls it (`Timeout`, `TCPServerWrap`); not on Deno. */
  readonly resources: readonly string[];
  /** All of it to read, one line each; what keeps the process alive comes first, with a `*`. */
  readonly text: string;
}

/**
 * Names the threads, waits, timers, tasks and resources that are alive in this thread: for a program that does not end
 * when it should, and for tests that leave something behind.
 *
 * @example
 * ```ts
 * setTimeout(() => console.error(whatKeepsRunning().text), 5_000).unref();
 * ```
 */
export function whatKeepsRunning(): RunningReport {
  const all = activities();
  const resources = runtime().activeResources();
  const lines = [...all]
    .sort((a, b) => Number(b.holdsProcess) - Number(a.holdsProcess))
    .map(({ kind, name, detail, holdsProcess }) => `${holdsProcess ? '*' : ' '} ${kind} ${name}: ${detail}`);
  if (resources.length > 0) lines.push(`  of the runtime: ${tally(resources)}`);
  return { activities: all, resources, text: lines.length === 0 ? 'nothing' : lines.join('\n') };
}

/** `2 Timeout, 1 TCPServerWrap` */
function tally(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
}

provideActivities(function* waits() {
  for (const { primitive, head } of localQueues()) {
    let [count, holders] = [0, 0];
    for (let waiter = head; waiter !== undefined; waiter = waiter.next) {
      count++;
      if (waiter.wait.holdsLoop) holders++;
    }
    const name = `for the ${primitive.name} at ${primitive.handle.offset}`;
    yield { kind: 'wait', name, detail: `${count} under way`, holdsProcess: holders > 0 };
  }
});

provideActivities(function* timers() {
  const all = deadlines();
  if (all.size === 0) return;
  const when = all.next === Infinity ? 'none of them due ever' : `the next in ${Math.ceil(all.next - all.now())} ms`;
  yield { kind: 'timer', name: 'deadlines', detail: `${all.size}, ${when}`, holdsProcess: false };
});
