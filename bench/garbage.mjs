/** Collects garbage now. The runner starts each runtime so that it lets us. */
export function collectGarbage() {
  const { gc, Bun } = /** @type {{ gc?: () => void, Bun?: { gc(synchronous: boolean): void } }} */ (
    /** @type {unknown} */ (globalThis)
  );
  if (Bun !== undefined) Bun.gc(true);
  else if (gc !== undefined) gc();
  else throw new Error('Memory is measured with garbage collection exposed: --expose-gc');
}
