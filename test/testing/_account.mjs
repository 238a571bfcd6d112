// A task that looks, then takes: two of them at once take what is there once.
import { point } from 'reveille/testing';

/**
 * @param {Int32Array} balance
 * @param {import('reveille/testing').BarrierPoint} _checked holds this thread at `checked` from now on
 */
export async function withdraw(balance, _checked) {
  if (Atomics.load(balance, 0) === 0) return false;
  await point('checked');
  Atomics.sub(balance, 0, 1);
  return true;
}
