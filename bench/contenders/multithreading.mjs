import { importPeer } from '../peers.mjs';

/**
 * It sends the source text of functions, so these say again what ../tasks/functions.mjs says.
 * @type {Record<import('../contract.ts').TaskName, ((argument: any) => unknown) | undefined>}
 */
const functions = {
  increment: (value) => value + 1,
  echo: (value) => value,
  spin: (iterations) => {
    let state = 1;
    for (let i = 0; i < iterations; i++) state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state;
  },
  clock: () => performance.now(),
  occupy: (ms) => {
    const end = performance.now() + ms;
    let now = performance.now();
    while (now < end) now = performance.now();
    return now;
  },
  hold: undefined,
};

/** @type {import('../contract.ts').Contender} */
export const contender = {
  name: 'multithreading',
  // Bytes given to it are always moved, never copied.
  features: ['transfer'],
  refuses: ({ name, version }) =>
    name === 'node' && Number.parseInt(version) < 21 ? 'needs Node 21 (a global navigator)' : undefined,
  settings: () => [{ label: 'default', options: {} }],
  async open({ threads }) {
    const { initRuntime, move, shutdown, spawn } = await importPeer('multithreading');
    initRuntime({ maxWorkers: threads });
    /** @param {((argument: any) => unknown) | undefined} run */
    const binding = (run) => (/** @type {unknown} */ argument) => spawn(move(argument), run).join().then(valueOf);
    return {
      ready: async () => void (await binding(functions.increment)(1)),
      bind: (task) => binding(functions[task]),
      bindTransfer: () => binding(functions.echo),
      close: async () => shutdown(),
    };
  },
};

/** @param {{ ok: boolean, value?: any, error?: unknown }} outcome */
function valueOf(outcome) {
  if (!outcome.ok) throw outcome.error;
  return outcome.value;
}
