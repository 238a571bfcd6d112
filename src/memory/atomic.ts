/**
 * The atomic operations on shared words.
 *
 * All of JavaScript's Atomics are sequentially consistent: there is one order of all of them that every thread agrees
 * on, and a plain write made before an atomic write is seen by whoever reads that atomic write. Those two facts are
 * all that the protocols in this project rely on. The parking operations (`wait`, `waitAsync`, `notify`) are not here:
 * only the doorbell may park.
 */
export const load: typeof Atomics.load = Atomics.load;
export const store: typeof Atomics.store = Atomics.store;
export const add: typeof Atomics.add = Atomics.add;
export const sub: typeof Atomics.sub = Atomics.sub;
export const and: typeof Atomics.and = Atomics.and;
export const or: typeof Atomics.or = Atomics.or;
export const exchange: typeof Atomics.exchange = Atomics.exchange;
export const compareExchange: typeof Atomics.compareExchange = Atomics.compareExchange;

const { pause } = Atomics as typeof Atomics & { pause?: (iterations?: number) => void };

/** Tells the core that this is a spin loop, where the runtime can (Node 24, Deno, Bun); does nothing elsewhere. */
export const spinHint: () => void = pause === undefined ? () => {} : () => pause();
