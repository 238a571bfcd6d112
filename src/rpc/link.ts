/**
 * All that goes over one connection: the objects of this side that the other may call, calls both ways, signals and
 * streams. What is in memory for it is bounded by what both sides have under way, and all of it ends with the
 * connection.
 */
import { fromErrorRecord, toErrorRecord } from '../channel/codec/error-record.ts';
import { NotReadyError, PeerGoneError, QueueFullError } from '../errors.ts';
import { type Deadline, deadlines } from '../pacing/deadlines.ts';
import type { MovableValue } from '../runtime.ts';
import type { Connection } from './connection.ts';
import * as frames from './frames.ts';
import { IncomingCall } from './incoming-call.ts';
import { type CallHost, FREE, LocalObject, type Policy } from './local-object.ts';
import type { OutgoingCall } from './outgoing-call.ts';
import { PortConnection } from './port-connection.ts';
import { type CallerHost, RemoteObject, type Request } from './remote-object.ts';
import { ReceivedSignals, SentSignals } from './remote-signals.ts';
import { Streams } from './streams.ts';
import { pack, type Passage, thrownWire, unpack, type WireValue } from './wire-values.ts';

/** Calls in flight each way, waiting ones included. Whoever has more of them than this has lost count. */
export const MOST_CALLS = 65_536;
/** Objects that a side which is not trusted may have this side keep for it. */
const MOST_OBJECTS = 10_000;
const EMPTY: readonly never[] = [];
const links = new WeakMap<Connection, Link>();

/** One conversation. */
export class Link implements CallHost, CallerHost {
  readonly connection: Connection;
  readonly #calls = new Map<number, OutgoingCall>();
  readonly #incoming = new Map<number, IncomingCall>();
  readonly #objects = new Map<number, LocalObject>();
  /** Calls of an object that is not exposed yet. */
  readonly #early: IncomingCall[] = [];
  readonly #signals = new SentSignals((number, reason) => this.#send([frames.ABORT, number, reason]));
  readonly #received = new ReceivedSignals();
  readonly #streams: Streams;
  #nextCall = 1;
  #nextObject = 1;
  /** Objects of the other side that this one has not released. */
  #imports = 0;
  /** What `wrap` has made: each is an endpoint of its own, and the object is released with the last of them. */
  readonly #roots = new Set<RemoteObject>();
  /** Whether the other side waits for this one to expose an object. */
  #isAwaited = false;
  readonly #plain: Passage = this.#passage(undefined);
  #isReady = false;
  #readyTimeout = Infinity;
  #readyDeadline: Deadline | undefined;
  #end: PeerGoneError | undefined;
  #isHeld: boolean | undefined;

  private constructor(connection: Connection) {
    this.connection = connection;
    this.#streams = new Streams((frame) => this.#send(frame));
    connection.onMessage((message) => this.#take(message));
    connection.onClose((reason) => this.#ended(reason));
    this.#hold();
  }

  /** The one on a connection. */
  static on(connection: Connection): Link {
    let link = links.get(connection);
    if (link === undefined) {
      link = new Link(connection);
      links.set(connection, link);
    }
    return link;
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Lets the other side call an object, as the one that it finds there. */
  expose(target: unknown, policy: Policy): void {
    if (this.#objects.has(0)) throw new TypeError('Cannot expose an object: the endpoint exposes one already');
    this.#throwIfOver();
    const root = new LocalObject(this, target, policy);
    this.#objects.set(0, root);
    this.#hold();
    this.#send([frames.READY]);
    for (const call of this.#early.splice(0)) root.receive(call);
  }

  /**
   * The object that the other side exposes.
   *
   * @param readyTimeout - milliseconds that a call waits for it to be exposed
   */
  wrap(readyTimeout: number): object {
    this.#readyTimeout = readyTimeout;
    if (!this.#isReady && !this.isOver) this.#send([frames.HELLO]);
    this.#imports++;
    const root = new RemoteObject(this, 0);
    this.#roots.add(root);
    return root.wrapped();
  }

  call(object: RemoteObject, call: OutgoingCall, request: Request, transfer: MovableValue[], isLimited: boolean): void {
    this.#throwIfOver();
    if (this.#calls.size >= MOST_CALLS) {
      throw new QueueFullError(`Cannot call: ${MOST_CALLS} calls are in flight on the connection; await some first`);
    }
    const { type, path = EMPTY } = request;
    const [values, specials] = this.#packValues(valuesOf(request), call, transfer);
    const number = this.#nextCall++;
    const frame: unknown[] = [frames.CALL, number, object.number, type, path, values];
    if (specials !== undefined || isLimited) frame.push(specials ?? 0);
    if (isLimited) frame.push(1);
    this.#send(frame as unknown as frames.Frame, transfer);
    call.number = number;
    this.#calls.set(number, call);
    this.#hold();
    if (object.number === 0 && !this.#isReady) this.#awaitReady();
  }

  cancel(call: OutgoingCall, reason: unknown): void {
    if (call.number > 0) this.#send([frames.CANCEL, call.number, toErrorRecord(reason)]);
  }

  release(object: RemoteObject): void {
    this.#imports--;
    if (this.#roots.delete(object) && this.#roots.size > 0) return;
    this.#send([frames.RELEASE, object.number]);
    this.#endIfUnused();
  }

  unpackValues({ frame }: IncomingCall): WireValue[] {
    const [, , , , , values, specials] = frame;
    const wires: WireValue[] = values.map((value) => ({ type: 'RAW', value }));
    if (!Array.isArray(specials)) return wires;
    for (const [place, how, what] of specials as readonly frames.Special[]) {
      wires[place] = unpack(how, what, this.#plain);
    }
    return wires;
  }

  answer(call: IncomingCall, object: LocalObject, wire: WireValue, transfer: MovableValue[]): void {
    const [how, what] = isPlain(wire) ? [frames.RAW, wire.value] : pack(wire, this.#passage(object.policy), transfer);
    this.#answer(call, how, what, transfer);
    object.finished(call);
  }

  openEndpoint(call: IncomingCall, object: LocalObject): void {
    if (this.connection.carries === 'values') {
      const { port1, port2 } = new MessageChannel();
      Link.on(new PortConnection(port2)).expose(object.target, object.policy);
      this.#answer(call, frames.RAW, port1, [port1]);
    } else {
      this.#answer(call, frames.ENDPOINT, this.#sendObject(object.target, object.policy), []);
    }
    object.finished(call);
  }

  #answer(call: IncomingCall, how: number, what: unknown, transfer: MovableValue[]): void {
    this.#send([frames.ANSWER, call.number, how, what], transfer);
    this.#incoming.delete(call.number);
    for (const signal of call.signals) this.#received.forget(signal);
  }

  #take(message: unknown): void {
    try {
      if (!frames.isFrame(message)) throw new TypeError('Expected a frame');
      this.#handle(message);
    } catch (error) {
      this.#cutOff('sent what is no part of the protocol', error);
    }
  }

  #handle(frame: frames.Frame): void {
    const [kind, number, ...rest] = frame;
    switch (kind) {
      case frames.HELLO:
        this.#isAwaited = true;
        if (this.#objects.has(0)) this.#send([frames.READY]);
        return;
      case frames.READY:
        this.#isReady = true;
        this.#readyDeadline?.cancel();
        return;
      case frames.CALL:
        this.#called(frame);
        return;
      case frames.ANSWER:
        this.#answered(number as number, rest);
        return;
      case frames.CANCEL:
        this.#incoming.get(number as number)?.cancel(fromErrorRecord(rest[0]));
        return;
      case frames.ABORT:
        this.#received.abort(number as number, rest[0]);
        return;
      case frames.RELEASE:
        this.#released(number as number);
        return;
      default:
        this.#streams.take(frame);
        this.#hold();
    }
  }

  #called(frame: frames.Frame): void {
    if (!frames.isCallFrame(frame)) throw new TypeError('Expected a call');
    const call = new IncomingCall(frame as unknown as frames.CallFrame);
    if (this.#incoming.has(call.number) || this.#incoming.size >= MOST_CALLS) throw new RangeError('Too many calls');
    this.#incoming.set(call.number, call);
    const object = this.#objects.get(call.frame[2]);
    if (object !== undefined) object.receive(call);
    else if (call.frame[2] === 0) this.#early.push(call);
    else this.#answer(call, frames.THROWN, toErrorRecord(new PeerGoneError('The object was released')), []);
  }

  #answered(number: number, [how, what]: readonly unknown[]): void {
    const call = this.#calls.get(number);
    if (call === undefined) return;
    this.#calls.delete(number);
    for (const signal of call.signals) this.#signals.forget(signal);
    // What came with an answer that nobody waits for is not taken out of it.
    if (!call.isSettled) {
      call.settle(this.#outcome(call, how, what));
    }
    this.#hold();
  }

  /** An answer that cannot be read is the failure of that call only. */
  #outcome(call: OutgoingCall, how: unknown, what: unknown): WireValue {
    try {
      const wire = unpack(how, what, this.#plain);
      if (how === frames.THROWN) noteCaller(wire, call);
      return wire;
    } catch (error) {
      return thrownWire(error);
    }
  }

  #released(number: number): void {
    if (number === 0) this.#isAwaited = false;
    const object = this.#objects.get(number);
    this.#objects.delete(number);
    object?.release();
    this.#hold();
    this.#endIfUnused();
  }

  #packValues(
    wires: readonly WireValue[],
    call: OutgoingCall,
    transfer: MovableValue[],
  ): [values: unknown[], specials: frames.Special[] | undefined] {
    if (wires.every(isPlain)) return [wires.map(({ value }) => value), undefined];
    const signals: number[] = [];
    const passage = this.#passage(undefined, signals);
    const packed = wires.map((wire) => pack(wire, passage, transfer));
    call.signals = signals;
    const specials = packed.flatMap(([how, what], place): frames.Special[] =>
      how === frames.RAW ? [] : [[place, how, what]],
    );
    return [packed.map(([how, what]) => (how === frames.RAW ? what : 0)), specials.length === 0 ? undefined : specials];
  }

  /**
   * @param policy - of the object whose answer it is: it holds for what is reached through it
   * @param signals - takes the numbers of those that are sent
   */
  #passage(policy: Policy | undefined, signals?: number[]): Passage {
    return {
      sendObject: (object) => this.#sendObject(object, policy),
      receiveObject: (number) => this.#receive(number).wrapped(),
      receiveEndpoint: (number) => this.#receive(number),
      sendSignal: (signal) => {
        const sent = this.#signals.send(signal);
        signals?.push(sent[0]);
        return sent;
      },
      receiveSignal: (sent) => this.#received.receive(sent),
      sendStream: (iterable) => this.#streams.send(iterable),
      receiveStream: (number) => this.#streams.receive(number),
    };
  }

  #sendObject(object: unknown, policy: Policy | undefined): number {
    if (this.connection.carries === 'bytes' && this.#objects.size >= MOST_OBJECTS) {
      throw new RangeError(`Cannot send an object: the other side has ${MOST_OBJECTS} already; release some first`);
    }
    const number = this.#nextObject++;
    this.#objects.set(number, new LocalObject(this, object, policy ?? this.#objects.get(0)?.policy ?? FREE));
    this.#hold();
    return number;
  }

  #receive(number: number): RemoteObject {
    this.#imports++;
    return new RemoteObject(this, number);
  }

  #send(frame: frames.Frame, transfer: readonly MovableValue[] = EMPTY): void {
    if (this.isOver) return;
    if (transfer.length === 0 || this.connection.carries === 'values') this.connection.send(frame, transfer);
    else this.#sendMoved(frame, transfer);
  }

  /** Where nothing can be moved, what was to be moved is copied, and is gone from here all the same. */
  #sendMoved(frame: frames.Frame, transfer: readonly MovableValue[]): void {
    const isBuffer = (value: MovableValue): boolean => value instanceof ArrayBuffer;
    if (!transfer.every(isBuffer)) {
      throw new DOMException('Cannot send a port, or what else is no buffer, to another process', 'DataCloneError');
    }
    this.connection.send(frame);
    structuredClone(undefined, { transfer: [...transfer] as ArrayBuffer[] });
  }

  #awaitReady(): void {
    if (this.#readyDeadline !== undefined || this.#readyTimeout === Infinity) return;
    const time = deadlines();
    const timeout = this.#readyTimeout;
    this.#readyDeadline = time.add(time.now() + timeout, () => {
      this.#readyDeadline = undefined;
      const error = new NotReadyError(`The other side has exposed nothing within ${timeout} ms`);
      for (const root of this.#roots) root.cancel(error);
    });
  }

  /** Both sides see it at the same point of the conversation, so neither closes on the other. */
  #endIfUnused(): void {
    if (this.#imports > 0 || this.#objects.size > 0 || this.#isAwaited || this.isOver) return;
    this.connection.close(new PeerGoneError('The connection was released: nothing uses it any more'));
  }

  #cutOff(why: string, cause: unknown): void {
    this.connection.close(new PeerGoneError(`The connection was cut off: the other side ${why}`, { cause }));
  }

  #throwIfOver(): void {
    if (this.#end !== undefined) throw new PeerGoneError(this.#end.message, { cause: this.#end.cause });
  }

  #ended(reason: Error): void {
    const error =
      reason instanceof PeerGoneError
        ? reason
        : new PeerGoneError(`The other side is gone: ${reason.message}`, { cause: reason });
    this.#end = error;
    this.#readyDeadline?.cancel();
    for (const call of this.#calls.values()) call.fail(error);
    this.#calls.clear();
    this.#signals.clear();
    this.#early.length = 0;
    for (const call of this.#incoming.values()) call.cancel(error);
    this.#incoming.clear();
    this.#received.abortAll(error);
    this.#streams.end(error);
    for (const object of this.#objects.values()) object.release();
    this.#objects.clear();
  }

  /** The event loop stays alive while the other side may call, or an answer is waited for. */
  #hold(): void {
    const isHeld = this.#calls.size > 0 || this.#objects.size > 0 || this.#streams.areOpen;
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    if (isHeld) this.connection.ref?.();
    else this.connection.unref?.();
  }
}

function valuesOf({ type, argumentList = EMPTY, value }: Omit<Request, 'id'>): readonly WireValue[] {
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
