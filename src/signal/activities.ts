/**
 * What goes on in this thread, told by those who know: each kind of thing that can keep a program running provides a
 * list of what there is of it right now. Asked for only when somebody wants to know, so it costs nothing else.
 */

/** Something that goes on. */
export interface Activity {
  /** `pool`, `thread`, `wait`, `timer`, `task`, `lifecycle`, `resource`, or what else says so. */
  readonly kind: string;
  /** Which one. */
  readonly name: string;
  /** What it is at, in a few words. */
  readonly detail: string;
  /** Whether the process does not end before it. */
  readonly holdsProcess: boolean;
}

const providers: Array<() => Iterable<Activity>> = [];

/** Adds a kind of things. Called once per kind, by the file that keeps them. */
export function provideActivities(list: () => Iterable<Activity>): void {
  providers.push(list);
}

/** Everything that goes on now. */
export function activities(): Activity[] {
  return providers.flatMap((list) => [...list()]);
}
