/** What became of a group's tasks. */

/** How a group ended. */
export interface TaskGroupReport {
  readonly name: string;
  /** Milliseconds that `shutdown` took. */
  readonly ms: number;
  /** Tasks over the group's life that ended by themselves. */
  readonly completed: number;
  /** That threw something of their own. */
  readonly failed: number;
  /** That ended because they were cancelled. */
  readonly cancelled: number;
  /** What the failed ones threw, in order. */
  readonly errors: readonly unknown[];
  /** Those that still run, though they were told to stop. */
  readonly hung: readonly HungTask[];
}

/** A task that did not stop. */
export interface HungTask {
  readonly name: string;
  /** Milliseconds since it was started. */
  readonly runningFor: number;
}

/** The hung ones, in words. */
export function describeHung(hung: readonly HungTask[]): string {
  const shown = hung.slice(0, 10).map(({ name, runningFor }) => `'${name}' (for ${Math.round(runningFor)} ms)`);
  const more = hung.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
