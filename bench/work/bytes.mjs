import { keepInFlight } from '../pipeline.mjs';
import { bytesOf } from '../values.mjs';
import { durations } from './duration.mjs';

const KiB = 1024;

export const copied64KiB = bytes('copy64k', '64 KiB copied there and back', 64 * KiB, 64, 'copy');
export const copied1MiB = bytes('copy1m', '1 MiB copied there and back', 1024 * KiB, 8, 'copy');
export const transferred64KiB = bytes('transfer64k', '64 KiB transferred there and back', 64 * KiB, 64, 'transfer');
export const transferred1MiB = bytes('transfer1m', '1 MiB transferred there and back', 1024 * KiB, 8, 'transfer');

/**
 * @param {string} name
 * @param {string} title
 * @param {number} size
 * @param {number} inFlight so few that memory bandwidth and not the collector is measured
 * @param {'copy' | 'transfer'} how
 * @returns {import('../contract.ts').Work}
 */
function bytes(name, title, size, inFlight, how) {
  return {
    name,
    title: `${title}, ${inFlight} in flight`,
    favour: 'throughput',
    needs: [how],
    metrics: [
      { key: 'rate', title: 'echoes', unit: 'tasks/s', better: 'higher' },
      { key: 'bandwidth', title: 'one way', unit: 'MB/s', better: 'higher' },
    ],
    async measure(bench) {
      const { warmUpMs, measureMs } = durations(bench);
      const session = await bench.open({ threads: 1, extras: how === 'transfer' });
      await session.ready();
      const call = how === 'copy' ? copying(session, size) : transferring(session, size, inFlight);
      await keepInFlight(call, { inFlight, durationMs: warmUpMs, clockEvery: 1 });
      const { done, elapsedMs } = await keepInFlight(call, { inFlight, durationMs: measureMs, clockEvery: 1 });
      const last = /** @type {Uint8Array} */ (await call(0));
      if (last.byteLength !== size || last[size - 1] !== (((size - 1) * 31) & 255))
        throw new Error('Wrong bytes came back');
      await session.close();
      return { rate: (done / elapsedMs) * 1000, bandwidth: (done * size) / elapsedMs / 1000 };
    },
  };
}

/** @param {import('../contract.ts').Session} session @param {number} size */
function copying(session, size) {
  const payload = bytesOf(size);
  const call = session.bind('echo');
  return () => call(payload);
}

/**
 * Each lane sends on what came back.
 * @param {import('../contract.ts').Session} session
 * @param {number} size
 * @param {number} inFlight
 */
function transferring(session, size, inFlight) {
  const call = session.bindTransfer?.();
  if (call === undefined) throw new Error('It does not transfer');
  /** @type {Uint8Array[]} */
  const payloads = Array.from({ length: inFlight }, () => bytesOf(size));
  return (/** @type {number} */ lane) => {
    const sent = call(/** @type {Uint8Array} */ (payloads[lane]));
    return sent.then((received) => (payloads[lane] = received));
  };
}
