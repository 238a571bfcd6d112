/**
 * An object of this side that the other side calls: Comlink's `expose` works on it as on any endpoint, and walks the
 * path, calls and answers. Here is decided when it may, and what becomes of the answer.
 */
import { expose } from 'comlink';
import { QueueFullError, RpcRefusedError } from '../errors.ts';
import type { MovableValue } from '../runtime.ts';
import { CallGate } from './call-gate.ts';
import type { CallLedger } from './call-ledger.ts';
import type { Connection } from './connection.ts';
import type { CallType } from './link-frames.ts';
import type { IncomingCall } from './incoming-call.ts';
import { type ReachCheck, reachCheck } from './reachable.ts';
import { isPlainResult, ResultEndpoint } from './result-endpoint.ts';
import { thrownWire, type WireValue } from './wire-values.ts';

/** What may be reached: throws, or returns false, where it may not. */
export type Allow = (path: readonly string[], target: unknown, type: CallType) => boolean | void;

/** How calls are carried out; it holds for an object and for all that is reached through it. */
export interface Policy {
  /** Shared by all of them. */
  readonly gate: CallGate;
  /** How many calls may wait for it. */
  readonly queueLimit: number;
  /** Whether each object does one thing after the other. */
  readonly ordered: boolean;
  readonly allow: Allow | undefined;
  /** What of the exposed object can be reached, where that is narrowed. */
  readonly reach?: ReachCheck | undefined;
  /** Lets calls in, and knows which are under way. */
  readonly ledger?: CallLedger | undefined;
}

/** What can be reached by a side that is in another process, where nothing narrows it. */
const reachOwn = reachCheck(undefined);

/** All at once, and all of it: for objects that come from a side that exposes nothing. */
export const FREE: Policy = { gate: new CallGate(Infinity), queueLimit: Infinity, ordered: false, allow: undefined };

/** Whoever brings calls and takes answers: the link. */
export interface CallHost {
  readonly connection: Connection;
  /** What the values of a call are for Comlink. */
  unpackValues(call: IncomingCall): WireValue[];
  /** @throws {DOMException} DataCloneError, if the answer cannot be sent; then another one is due */
  answer(call: IncomingCall, object: LocalObject, wire: WireValue, transfer: MovableValue[]): void;
  /** Answers a call that was not let in. */
  refuse(call: IncomingCall, reason: Error): void;
  /** Another way to the same object, as `[createEndpoint]` asks for. */
  openEndpoint(call: IncomingCall, object: LocalObject): void;
}

type Listener = (event: { readonly data: unknown }) => void;
type Member = (...values: readonly unknown[]) => unknown;

/** The endpoint that Comlink exposes an object on. */
export class LocalObject {
  readonly target: unknown;
  readonly policy: Policy;
  readonly #host: CallHost;
  readonly #turn: CallGate | undefined;
  /** Those that Comlink is to answer. */
  readonly #comlinks = new Map<number, IncomingCall>();
  #listener: Listener | undefined;
  #results: ResultEndpoint | undefined;

  constructor(host: CallHost, target: unknown, policy: Policy) {
    this.#host = host;
    this.target = target;
    this.policy = policy;
    this.#turn = policy.ordered ? new CallGate(1) : undefined;
    expose(target, this);
  }

  /** Takes a call. It is answered in any case, unless the connection ends first. */
  receive(call: IncomingCall): void {
    const { gate, queueLimit, ledger } = this.policy;
    if (ledger?.admit(call) === false) return this.#host.refuse(call, ledger.refusal as Error);
    call.isIn = true;
    if (gate.waiting + (this.#turn?.waiting ?? 0) >= queueLimit) {
      this.#fail(call, new QueueFullError(`Cannot call: ${queueLimit} calls wait for the object already`));
      return;
    }
    if (this.#turn !== undefined) this.#turn.enter(() => gate.enter(() => this.#carryOut(call)));
    else if (gate.tryEnter()) this.#carryOut(call);
    else gate.enter(() => this.#carryOut(call));
  }

  /** Called once the answer to a call is out. */
  finished(call: IncomingCall): void {
    this.policy.ledger?.over(call);
    // One that was refused never came in.
    if (!call.isIn) return;
    call.isIn = false;
    if (this.#comlinks.size > 0) this.#comlinks.delete(call.number);
    if (!call.isRunning) return;
    this.policy.gate.leave();
    this.#turn?.leave();
  }

  /** The other side has no more use for it, or is gone: Comlink takes its listener off and calls the finalizer. */
  release(): void {
    this.#listener?.({ data: { id: 0, type: 'RELEASE', path: [] } });
  }

  /** @internal Comlink's */
  addEventListener(_type: string, listener: Listener): void {
    this.#listener = listener;
  }

  /** @internal Comlink's */
  removeEventListener(): void {
    this.#listener = undefined;
  }

  /** @internal Comlink's: an answer */
  postMessage(message: WireValue & { readonly id: number }, transfer: MovableValue[] = []): void {
    const call = this.#comlinks.get(message.id);
    if (call !== undefined) this.#host.answer(call, this, message, [...transfer]);
  }

  #carryOut(call: IncomingCall): void {
    call.isRunning = true;
    if (call.isCancelled) {
      this.#host.answer(call, this, { type: 'RAW', value: undefined }, []);
      return;
    }
    try {
      const type = call.frame[3];
      this.#check(call.frame[4], type);
      if (type === 'ENDPOINT') this.#host.openEndpoint(call, this);
      else if (!isSimpleCall(call) || !this.#applyMember(call)) this.#leaveToComlink(call, type);
    } catch (error) {
      this.#fail(call, error);
    }
  }

  #leaveToComlink(call: IncomingCall, type: CallType): void {
    const [, id, , , path] = call.frame;
    const values = this.#host.unpackValues(call);
    const data = type === 'SET' ? { id, type, path, value: values[0] } : { id, type, path, argumentList: values };
    this.#comlinks.set(id, call);
    call.run(() => this.#listener?.({ data }));
  }

  /**
   * Most calls are of a member, with copies, and have a plain result or a promise of one. Comlink makes three promises
   * for each; such a call is made here, as Comlink makes it, and Comlink is given only results that are more than that.
   *
   * @returns false if it is no function: Comlink knows what is said then
   */
  #applyMember(call: IncomingCall): boolean {
    const [, , , , [name], values] = call.frame;
    const target = this.target as Record<string, unknown>;
    const member = target[name as string];
    if (typeof member !== 'function') return false;
    const result = applyIn(call, member as Member, target, values);
    if (isThenable(result)) this.#answerLater(call, result);
    else this.#answer(call, result);
    return true;
  }

  #answerLater(call: IncomingCall, promise: PromiseLike<unknown>): void {
    Promise.resolve(promise).then(
      (result) => this.#answer(call, result),
      (error: unknown) => this.#fail(call, error),
    );
  }

  #answer(call: IncomingCall, result: unknown): void {
    try {
      if (isPlainResult(result)) this.#host.answer(call, this, { type: 'RAW', value: result }, []);
      else this.#giveToComlink(call, result);
    } catch (error) {
      this.#fail(call, error);
    }
  }

  #giveToComlink(call: IncomingCall, result: unknown): void {
    this.#comlinks.set(call.number, call);
    (this.#results ??= new ResultEndpoint(this)).give(call.number, result);
  }

  #check(path: readonly string[], type: CallType): void {
    const { reach } = this.policy;
    if (reach !== undefined) reach(path, this.target, type);
    else if (this.#host.connection.carries === 'bytes') reachOwn(path, this.target, type);
    if (this.policy.allow?.(path, this.target, type) !== false) return;
    throw new RpcRefusedError(`Cannot reach '${path.join('.')}': the exposed object does not allow it`);
  }

  #fail(call: IncomingCall, error: unknown): void {
    this.#host.answer(call, this, thrownWire(error), []);
  }
}

function applyIn(call: IncomingCall, member: Member, target: unknown, values: readonly unknown[]): unknown {
  if (!call.isCancellable) return Reflect.apply(member, target, values);
  let result: unknown;
  call.run(() => (result = Reflect.apply(member, target, values)));
  return result;
}

/** Whether it is the call of one member, all of whose arguments are copies. */
function isSimpleCall({ frame: [, , , type, path, , specials] }: IncomingCall): boolean {
  return type === 'APPLY' && path.length === 1 && !Array.isArray(specials);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  return typeof (value as Partial<PromiseLike<unknown>>).then === 'function';
}
