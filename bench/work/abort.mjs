import { median } from '../statistics.mjs';

export const abortCooperative = abort(
  'abort-cooperative',
  'abort of a running task that looks at its signal, to the next task done',
  'cooperative',
);
export const abortIgnoring = abort(
  'abort-ignoring',
  'abort of a running task that never looks, to the next task done',
  'ignoring',
);

/**
 * @param {string} name
 * @param {string} title
 * @param {'cooperative' | 'ignoring'} kind
 * @returns {import('../contract.ts').Work}
 */
function abort(name, title, kind) {
  return {
    name,
    title,
    // Where a task's thread is ended, what shares the thread goes with it.
    favour: 'plain',
    needs: ['abort'],
    metrics: [
      { key: 'ms', title: 'median', unit: 'ms', better: 'lower' },
      { key: 'longest', title: 'longest', unit: 'ms', better: 'lower' },
    ],
    async measure(bench) {
      const session = await bench.open({ threads: 1, extras: true });
      await session.ready();
      const loop = session.bindLoop?.(kind);
      if (loop === undefined) throw new Error('It does not abort');
      const increment = session.bind('increment');
      /** @type {number[]} */
      const times = [];
      const samples = bench.quick ? 6 : 21;
      for (let i = 0; i < samples; i++) {
        const gate = new Int32Array(new SharedArrayBuffer(8));
        const controller = new AbortController();
        const aborted = Promise.resolve(loop(gate, controller.signal)).then(
          () => false,
          () => true,
        );
        await Atomics.waitAsync(gate, 0, 0).value;
        const began = performance.now();
        controller.abort();
        if ((await increment(41)) !== 42) throw new Error('A wrong result');
        times.push(performance.now() - began);
        const wasAborted = await aborted;
        // A thread that outlives its task, as on Deno, must not burn a core through the samples that follow.
        Atomics.store(gate, 1, 1);
        if (!wasAborted) throw new Error('The aborted task ended as if nothing had happened');
      }
      await session.close();
      return { ms: median(times.slice(1)), longest: Math.max(...times.slice(1)) };
    },
  };
}
