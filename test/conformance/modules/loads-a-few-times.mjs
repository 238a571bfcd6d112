// Loads the first `times` times, and then again from the `again`th time on.
import { workerData } from 'node:worker_threads';

const { gates, times, again = Infinity } = workerData;
const before = Atomics.add(gates, 0, 1);
if (before >= times && before < again) throw new Error('Cannot load any more');

export const leave = () => process.exit(1);
export const stay = () => 'here';
