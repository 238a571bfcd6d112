/** How a thread hands over what its tasks have returned or thrown. */
import { toErrorRecord } from '../../channel/codec/error-record.ts';
import { now } from '../../pacing/clock.ts';
import type { ThreadHost } from '../../runtime.ts';
import { ring } from '../../signal/doorbell.ts';
import { CompletionWriter, FAILED, labelOf, SAMPLED, WANTS_MESSAGE } from '../completion-ring.ts';
import { CARRIER_MESSAGE, CARRIER_UNDEFINED, type Region, RESULT_BLOCK, RUN_TIME } from '../layout.ts';
import { outgoingMessage } from '../message-lane.ts';
import type { Payload } from '../payload.ts';
import { type FromThread, resultHeadOf, type ThreadSetup } from '../protocol.ts';
import { Moved } from './current-task.ts';

export class TaskResults {
  readonly #region: Region;
  readonly #host: ThreadHost;
  readonly #payload: Payload;
  readonly #completions: CompletionWriter;
  readonly #poolDoorbell: number;
  /** Nothing is handed over any more: another thread may have this one's places. */
  isClosed = false;

  constructor(region: Region, setup: ThreadSetup, host: ThreadHost, payload: Payload) {
    this.#region = region;
    this.#host = host;
    this.#payload = payload;
    this.#completions = new CompletionWriter(region, setup.index);
    this.#poolDoorbell = setup.poolDoorbell;
  }

  /** @param sampledAt - when the task began, if it is timed; otherwise 0 */
  succeed(slot: number, value: unknown, sampledAt: number): void {
    if (this.isClosed) return;
    try {
      const carrier = value instanceof Moved ? CARRIER_MESSAGE : this.#write(slot, value);
      this.#handOver(slot, carrier, 0, value, sampledAt);
    } catch (error) {
      this.fail(slot, error, sampledAt);
    }
  }

  fail(slot: number, error: unknown, sampledAt = 0): void {
    if (this.isClosed) return;
    const record = toErrorRecord(error);
    this.#handOver(slot, this.#write(slot, record), FAILED, record, sampledAt);
  }

  /** The task need not run: its caller has given up. */
  skip(slot: number): void {
    this.#handOver(slot, CARRIER_UNDEFINED, 0, undefined, 0);
  }

  /** Asks for the arguments of a task that has been claimed. */
  ask(slot: number): void {
    this.#report(labelOf(slot, CARRIER_MESSAGE, WANTS_MESSAGE));
  }

  #write(slot: number, value: unknown): number {
    return this.#payload.write(this.#completions.next, slot, value, RESULT_BLOCK);
  }

  /** The result is in the next completion, or goes by message, which then says that the task is done. */
  #handOver(slot: number, carrier: number, failed: number, result: unknown, sampledAt: number): void {
    const sampled = sampledAt === 0 ? 0 : SAMPLED;
    if (sampled !== 0) this.#region.f64[(this.#region.body(slot) >> 1) + RUN_TIME] = now() - sampledAt;
    if (carrier === CARRIER_MESSAGE) this.#post(slot, result, failed !== 0);
    else this.#report(labelOf(slot, carrier, failed | sampled));
  }

  #post(slot: number, result: unknown, failed: boolean): void {
    const message =
      result instanceof Moved
        ? outgoingMessage(result.value, result.transfer)
        : (this.#payload.takeSpilled() ?? outgoingMessage(result, []));
    const post: FromThread = [resultHeadOf(slot, message.form, failed), message.value];
    this.#host.postMessage(post, message.transfer);
  }

  #report(label: number): void {
    this.#completions.push(label);
    ring(this.#region.i32, this.#poolDoorbell);
  }
}
