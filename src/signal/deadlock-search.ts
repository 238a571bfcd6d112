/** Finds threads that wait for each other in a circle: the wait-for graph of Coffman et al., 1971. */

/** Thread `from` waits for a lock that thread `to` has. */
export interface WaitFor {
  readonly from: number;
  readonly to: number;
  /** The lock, as reports call it. */
  readonly lock: string;
}

/** The circles that a depth-first walk of the graph closes, each once and beginning with its lowest thread. */
export function findCircles(edges: readonly WaitFor[]): WaitFor[][] {
  const finished = new Set<number>();
  const circles: WaitFor[][] = [];
  const walk = (thread: number, trail: readonly WaitFor[]): void => {
    const start = trail.findIndex(({ from }) => from === thread);
    if (start >= 0) circles.push(fromLowest(trail.slice(start)));
    if (finished.has(thread) || start >= 0) return;
    for (const edge of edges) {
      if (edge.from === thread) walk(edge.to, [...trail, edge]);
    }
    finished.add(thread);
  };
  for (const { from } of edges) walk(from, []);
  return circles;
}

function fromLowest(circle: readonly WaitFor[]): WaitFor[] {
  const lowest = Math.min(...circle.map(({ from }) => from));
  const start = circle.findIndex(({ from }) => from === lowest);
  return [...circle.slice(start), ...circle.slice(0, start)];
}
