/** A doorbell whose owner is passed by: a ring for something else took the flag while the owner read the bell. */
import { load, store } from '../../../../src/memory/atomic.ts';
import { Doorbell } from '../../../../src/signal/doorbell.ts';
import { THREADS_OFFSET } from '../../../../src/memory/layout.ts';
import type { Scenario } from '../../scenario.ts';
import { uselessFirst } from '../doorbell.ts';

/** Sets the flag, then reads the bell. */
class HastyDoorbell extends Doorbell {
  override ticket(): number {
    const bell = (THREADS_OFFSET >> 2) + this.thread * 16;
    store(this.arena.i32, bell + 1, 1);
    return load(this.arena.i32, bell);
  }
}

type DoorbellScenario = Scenario<number, ReturnType<NonNullable<ReturnType<typeof uselessFirst>['attach']>>>;

export const broken: DoorbellScenario = uselessFirst(HastyDoorbell);

/** Reads the bell first: whoever takes the flag after that moves the bell past the ticket. */
export const repaired: DoorbellScenario = uselessFirst();
