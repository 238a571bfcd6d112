/** The ends of tasks that came to one: their callers get the result or the error. */
import { fromErrorRecord } from '../channel/codec/error-record.ts';
import { FAILED, RESULT, RESULT_BLOCK, RESULT_SIZE, TASK, TASK_SAMPLED } from './layout.ts';
import type { Form } from './posted.ts';
import type { TaskLedger } from './task-ledger.ts';

export class TaskCompletion {
  readonly #ledger: TaskLedger;

  constructor(ledger: TaskLedger) {
    this.#ledger = ledger;
  }

  /** A thread says that a slot is done, and has left the result in it. */
  complete(slot: number): void {
    const { region, payload } = this.#ledger;
    const at = region.slot(slot);
    const result = region.i32[at + RESULT] as number;
    const value = payload.read(at, result & ~FAILED, RESULT_SIZE, RESULT_BLOCK);
    this.#answer(slot, at, value, (result & FAILED) !== 0);
  }

  /** A slot is done, and its result came by message. */
  arrive(slot: number, form: Form, value: unknown): void {
    const { region, payload } = this.#ledger;
    const at = region.slot(slot);
    const failed = ((region.i32[at + RESULT] as number) & FAILED) !== 0;
    this.#answer(slot, at, payload.receive(form, value), failed);
    this.#ledger.onRoom();
  }

  #answer(slot: number, at: number, value: unknown, failed: boolean): void {
    const ledger = this.#ledger;
    const { region, slots, figures } = ledger;
    const settle = slots.settles[slot];
    const control = slots.controls[slot];
    if (((region.i32[at + TASK] as number) & TASK_SAMPLED) !== 0) figures.recordTimes(region, at);
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
