/**
 * From the moment at which a service in a process of its own has given its port back until `shutdown` resolves, when
 * the process is gone and the port known to be free; and how long the whole of it takes, from the call on.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summarize } from '../pacing/samples.mjs';
import { now } from './wall-clock.mjs';

const MODULE = new URL('./port-noting-service.mjs', import.meta.url);

/**
 * @param {typeof import('../../src/rpc.ts')} rpc
 * @param {typeof import('../../src/process.ts')} ports
 * @param {number} rounds
 */
export async function measureService({ RpcService }, { isPortFree }, rounds) {
  /** @type {number[]} */
  const released = [];
  /** @type {number[]} */
  const whole = [];
  const folder = mkdtempSync(join(tmpdir(), 'reveille-bench-'));
  const note = join(folder, 'closed-at');
  const service = new RpcService({ name: 'bench', module: MODULE, host: 'process', args: [note] });
  for (let round = 0; round < rounds; round++) {
    await service.start();
    await service.call((/** @type {any} */ remote) => remote.ping());
    const port = Number(service.address?.port);
    const asked = now();
    const { clean } = await service.shutdown();
    const resolved = now();
    whole.push(resolved - asked);
    released.push(resolved - Number(readFileSync(note, 'utf8')));
    if (!clean || !(await isPortFree(port))) throw new Error(`Port ${port} is not free`);
  }
  rmSync(folder, { recursive: true });
  return { released: summarize(released), whole: summarize(whole) };
}
