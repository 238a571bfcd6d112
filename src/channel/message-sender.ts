/** The three ways of sending: now or never, once there is room, and blocking until there is. */
import type { Primitive } from '../signal/primitive.ts';
import type { SyncWaitOptions, WaitOptions } from '../signal/wait-options.ts';
import { nothing } from '../signal/wait-for-one.ts';
import { waitBlocking, waitInLoop } from '../signal/waiting.ts';
import { checkCall } from './check-call.ts';
import { SendWait } from './message-waits.ts';
import { pack, type PackedMessage } from './packed-message.ts';
import { TurnBudget } from './turn-budget.ts';

/** What messages are put into. It can be waited for until there is room. */
export interface MessageOutlet extends Primitive {
  /**
   * Puts a message if there is room, and nothing of this thread waits to be sent before it.
   *
   * @throws {ChannelClosedError} if it is closed
   */
  put(message: PackedMessage): boolean;
}

/** Sends what the methods of a channel or topic are given. */
export class MessageSender {
  readonly #face: Primitive;
  readonly #outlet: MessageOutlet;
  readonly #method: string;
  readonly #budget = new TurnBudget();

  /**
   * @param face - whose methods are called
   * @param method - what the one that waits in the event loop is called
   */
  constructor(face: Primitive, outlet: MessageOutlet, method: string) {
    this.#face = face;
    this.#outlet = outlet;
    this.#method = method;
  }

  send(value: unknown, options: WaitOptions): Promise<void> {
    try {
      checkCall(this.#face, options);
      const message = pack(this.#face.arena, value, this.#face.name);
      if (this.#outlet.put(message)) return this.#budget.resolved(undefined);
      return waitInLoop(this.#waitWith(message), `${this.#face.name}.${this.#method}`, options, nothing);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** It goes behind those that `send` has not sent yet. */
  sendSync(value: unknown, options: SyncWaitOptions): void {
    checkCall(this.#face, options);
    const message = pack(this.#face.arena, value, this.#face.name);
    if (this.#outlet.put(message)) return;
    const twin = `${this.#face.name}.${this.#method}`;
    waitBlocking(this.#waitWith(message), `${twin}Sync`, twin, options, nothing);
  }

  trySend(value: unknown): boolean {
    this.#face.check();
    return this.#outlet.put(pack(this.#face.arena, value, this.#face.name));
  }

  #waitWith(message: PackedMessage): SendWait {
    const wait = new SendWait(message.kept());
    wait.add(this.#outlet, 0);
    return wait;
  }
}
