/** How a thread hands over what its tasks have returned or thrown. */
import { toErrorRecord } from '../../channel/codec/error-record.ts';
import { now } from '../../pacing/clock.ts';
import type { ThreadHost } from '../../runtime.ts';
import { ring } from '../../signal/doorbell.ts';
import { CompletionWriter, WANTS_MESSAGE } from '../completion-ring.ts';
import {
  CARRIER_MESSAGE,
  CARRIER_UNDEFINED,
  DEADLINE,
  FAILED,
  type Region,
  RESULT,
  RESULT_BLOCK,
  RESULT_SIZE,
} from '../layout.ts';
import { outgoingMessage } from '../message-lane.ts';
import type { Payload } from '../payload.ts';
import { type FromThread, headOf, type ThreadSetup } from '../protocol.ts';
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
  succeed(slot: number, at: number, value: unknown, sampledAt: number): void {
    if (this.isClosed) return;
    try {
      const carrier =
        value instanceof Moved ? CARRIER_MESSAGE : this.#payload.write(at, value, RESULT_SIZE, RESULT_BLOCK);
      this.#handOver(slot, at, carrier, 0, value, sampledAt);
    } catch (error) {
      this.fail(slot, at, error, sampledAt);
    }
  }

  fail(slot: number, at: number, error: unknown, sampledAt = 0): void {
    if (this.isClosed) return;
    const record = toErrorRecord(error);
    this.#handOver(slot, at, this.#payload.write(at, record, RESULT_SIZE, RESULT_BLOCK), FAILED, record, sampledAt);
  }

  /** The task need not run: its caller has given up. */
  skip(slot: number, at: number): void {
    this.#handOver(slot, at, CARRIER_UNDEFINED, 0, undefined, 0);
  }

  /** Asks for the arguments of a task that has been claimed. */
  ask(slot: number): void {
    this.#report(slot | WANTS_MESSAGE);
  }

  /** The result is in the slot, or goes by message, which then says that the task is done. */
  #handOver(slot: number, at: number, carrier: number, flag: number, result: unknown, sampledAt: number): void {
    this.#region.i32[at + RESULT] = carrier | flag;
    if (sampledAt !== 0) this.#region.f64[(at >> 1) + DEADLINE] = now() - sampledAt;
    if (carrier === CARRIER_MESSAGE) this.#post(slot, result);
    else this.#report(slot);
  }

  #post(slot: number, result: unknown): void {
    const message =
      result instanceof Moved
        ? outgoingMessage(result.value, result.transfer)
        : (this.#payload.takeSpilled() ?? outgoingMessage(result, []));
    const post: FromThread = [headOf(slot, message.form), message.value];
    this.#host.postMessage(post, message.transfer);
  }

  #report(entry: number): void {
    this.#completions.push(entry);
    ring(this.#region.i32, this.#poolDoorbell);
  }
}
