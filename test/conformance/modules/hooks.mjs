import { workerData } from 'node:worker_threads';
import { arrive } from '../_gates.mjs';

let current = 'loaded';

export async function init() {
  await null;
  current = 'initialised';
  arrive(workerData.gates, 0);
}
export const state = () => current;
export async function teardown() {
  await null;
  arrive(workerData.gates, 1);
}
