/**
 * The arguments and results of a link's calls, and what goes with them: signals and streams of both sides by number.
 * How each value travels is decided in wire-values.ts.
 */
import { SentSignals, ReceivedSignals } from './remote-signals.ts';
import type { IncomingCall } from './incoming-call.ts';
import { type CallFrame, type Frame, ABORT, RAW, REFUSED, type Special, THROWN } from './link-frames.ts';
import type { Policy } from './local-object.ts';
import type { OutgoingCall } from './outgoing-call.ts';
import type { RemoteObject, Request } from './remote-object.ts';
import { Streams } from './streams.ts';
import { type MovableValue } from '../runtime.ts';
import { pack, type Packed, type Passage, thrownWire, unpack, type WireValue } from './wire-values.ts';

/** Who numbers the objects of this side, and knows those of the other. */
export interface ObjectHost {
  sendObject(object: unknown, policy: Policy | undefined): number;
  receiveObject(number: number): RemoteObject;
}

/** The arguments of a call as they travel: `specials` says which of the values stand for something else. */
export type PackedArguments = readonly [values: readonly unknown[], specials: readonly Special[] | undefined];

/** Packs and unpacks, and keeps what is still to be told about. */
export class LinkValues {
  readonly streams: Streams;
  readonly #objects: ObjectHost;
  readonly #sent: SentSignals;
  readonly #received = new ReceivedSignals();
  readonly #plain: Passage;

  constructor(objects: ObjectHost, send: (frame: Frame) => void) {
    this.#objects = objects;
    this.streams = new Streams(send);
    this.#sent = new SentSignals((number, reason) => send([ABORT, number, reason]));
    this.#plain = this.#passage(undefined);
  }

  packArguments(request: Omit<Request, 'id'>, call: OutgoingCall, transfer: MovableValue[]): PackedArguments {
    if (request.plain !== undefined) return [request.plain, undefined];
    const wires = valuesOf(request);
    if (wires.every(isPlain)) return [wires.map(({ value }) => value), undefined];
    const signals: number[] = [];
    const passage = this.#passage(undefined, signals);
    const packed = wires.map((wire) => pack(wire, passage, transfer));
    call.signals = signals;
    const specials = packed.flatMap(([how, what], place): Special[] => (how === RAW ? [] : [[place, how, what]]));
    return [packed.map(([how, what]) => (how === RAW ? what : 0)), specials.length === 0 ? undefined : specials];
  }

  /** @throws {TypeError} if they are none that a peer of this version sends */
  unpackArguments([, , , , , values, specials]: CallFrame): WireValue[] {
    const wires: WireValue[] = values.map((value) => ({ type: 'RAW', value }));
    if (!Array.isArray(specials)) return wires;
    for (const [place, how, what] of specials as readonly Special[]) wires[place] = unpack(how, what, this.#plain);
    return wires;
  }

  /** @param policy - of the object whose answer it is: it holds for what is reached through it */
  packResult(wire: WireValue, policy: Policy, transfer: MovableValue[]): Packed {
    return isPlain(wire) ? [RAW, wire.value] : pack(wire, this.#passage(policy), transfer);
  }

  /** An answer that cannot be read is the failure of that call only. */
  unpackResult(call: OutgoingCall, how: unknown, what: unknown): WireValue {
    try {
      const wire = unpack(how, what, this.#plain);
      if (how === THROWN || how === REFUSED) noteCaller(wire, call);
      return wire;
    } catch (error) {
      return thrownWire(error);
    }
  }

  /** A signal of the other side was aborted. */
  abort(signal: number, reason: unknown): void {
    this.#received.abort(signal, reason);
  }

  /** A call of this side is over. */
  forgetSent(call: OutgoingCall): void {
    for (const signal of call.signals) this.#sent.forget(signal);
  }

  /** A call of the other side is over. */
  forgetReceived(call: IncomingCall): void {
    for (const signal of call.signals) this.#received.forget(signal);
  }

  /** The connection has ended. */
  end(error: Error): void {
    this.#sent.clear();
    this.#received.abortAll(error);
    this.streams.end(error);
  }

  /**
   * @param policy - for what is sent
   * @param signals - takes the numbers of those that are sent
   */
  #passage(policy: Policy | undefined, signals?: number[]): Passage {
    const objects = this.#objects;
    return {
      sendObject: (object) => objects.sendObject(object, policy),
      receiveObject: (number) => objects.receiveObject(number).wrapped(),
      receiveEndpoint: (number) => objects.receiveObject(number),
      sendSignal: (signal) => {
        const sent = this.#sent.send(signal);
        signals?.push(sent[0]);
        return sent;
      },
      receiveSignal: (sent) => this.#received.receive(sent),
      sendStream: (iterable) => this.streams.send(iterable),
      receiveStream: (number) => this.streams.receive(number),
    };
  }
}

function valuesOf({ type, argumentList = [], value }: Omit<Request, 'id'>): readonly WireValue[] {
  return type === 'SET' && value !== undefined ? [value] : argumentList;
}

/** Whether it is simply copied: most values are. */
function isPlain({ type, value }: WireValue): boolean {
  return type === 'RAW' && (typeof value !== 'object' || value === null);
}

/** An error knows the stack of the side that threw it. Who called is told beside it, as `callStack`, if noted. */
function noteCaller({ value }: WireValue, { where }: OutgoingCall): void {
  const error = (value as { readonly value: unknown }).value;
  if (where === undefined || !(error instanceof Error) || Object.hasOwn(error, 'callStack')) return;
  Object.defineProperty(error, 'callStack', { configurable: true, enumerable: false, get: () => where.stack });
}
