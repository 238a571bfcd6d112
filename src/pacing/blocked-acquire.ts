/** Waiting for permits by blocking the thread. */
import { replacedClock } from '../signal/deadline-source.ts';
import { blockFor } from '../signal/doorbell.ts';
import type { Gcra } from './gcra.ts';
import { Reservation } from './reservation.ts';

/** Blocks until `count` permits were taken, or until it is known that they will not be there within `timeout` ms. */
export function blockUntilPassed(gcra: Gcra, count: number, timeout: number): boolean {
  let at = gcra.now();
  const until = at + timeout * gcra.permitsPerMs;
  const reservation = new Reservation(gcra, count, at);
  while (!reservation.tryPass(at)) {
    if (!gcra.hasCome(reservation.due, until)) {
      reservation.giveBack(at);
      return false;
    }
    block(gcra.milliseconds(at, reservation.due));
    at = gcra.now();
  }
  return true;
}

function block(ms: number): void {
  const clock = replacedClock();
  if (clock?.block !== undefined) clock.block(ms);
  else blockFor(ms);
}
