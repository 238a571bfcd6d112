/** The ends of tasks that came to one: their callers get the result or the error. */
import { fromErrorRecord } from '../channel/codec/error-record.ts';
import { carrierOfLabel, FAILED, SAMPLED, slotOfLabel } from './completion-ring.ts';
import { CARRIER_BLOCK, RESULT_BLOCK, TASK, TASK_SAMPLED } from './layout.ts';
import type { Form } from './posted.ts';
import type { TaskLedger } from './task-ledger.ts';

export class TaskCompletion {
  readonly #ledger: TaskLedger;

  constructor(ledger: TaskLedger) {
    this.#ledger = ledger;
  }

  /**
   * A thread says that a slot is done.
   *
   * @param at - word index of the entry of its ring that says so, and holds the result
   */
  complete(at: number, label: number): void {
    const { region, payload, slots, figures } = this.#ledger;
    const slot = slotOfLabel(label);
    const carrier = carrierOfLabel(label);
    const value = payload.read(at, slot, carrier, RESULT_BLOCK);
    const failed = (label & FAILED) !== 0;
    // One that failed may have failed over its result.
    if (failed || carrier === CARRIER_BLOCK) slots.noteBlocks(slot);
    if ((label & SAMPLED) !== 0) figures.recordTimes(region, slot);
    this.#answer(slot, value, failed);
  }

  /** A slot is done, and its result came by message. */
  arrive(slot: number, form: Form, value: unknown, failed: boolean): void {
    const { region, payload, slots, figures } = this.#ledger;
    // The thread may have begun one before it found that a message is what it takes.
    slots.noteBlocks(slot);
    const word = region.i32[region.slot(slot) + TASK] as number;
    if ((word & TASK_SAMPLED) !== 0) figures.recordTimes(region, slot);
    this.#answer(slot, payload.receive(form, value), failed);
    this.#ledger.onRoom();
  }

  #answer(slot: number, value: unknown, failed: boolean): void {
    const ledger = this.#ledger;
    const { slots, figures } = ledger;
    const settle = slots.settles[slot];
    const control = slots.controls[slot];
    slots.free(slot);
    if (settle === undefined) return;
    control?.answered();
    if (failed) {
      ledger.reject(settle, fromErrorRecord(value), 'failed');
    } else {
      ledger.inFlight--;
      figures.completed++;
      settle(value);
    }
  }
}
