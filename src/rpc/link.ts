/**
 * All that goes over one connection: the objects of this side that the other may call, calls both ways, signals and
 * streams. What is in memory for it is bounded by what both sides have under way, and all of it ends with the
 * connection.
 */
import { fromErrorRecord, toErrorRecord } from '../channel/codec/error-record.ts';
import { PeerGoneError } from '../errors.ts';
import type { MovableValue } from '../runtime.ts';
import type { Connection } from './connection.ts';
import { ExposedObjects } from './exposed-objects.ts';
import type { IncomingCall } from './incoming-call.ts';
import { IncomingCalls } from './incoming-calls.ts';
import * as frames from './link-frames.ts';
import { LinkValues, type ObjectHost } from './link-values.ts';
import type { CallHost, LocalObject, Policy } from './local-object.ts';
import type { OutgoingCall } from './outgoing-call.ts';
import { OutgoingCalls } from './outgoing-calls.ts';
import { PortConnection } from './port-connection.ts';
import { type CallerHost, RemoteObject, type Request } from './remote-object.ts';
import { RemoteRoots } from './remote-roots.ts';
import { sendFrame } from './send-frame.ts';
import type { Packed, WireValue } from './wire-values.ts';

const EMPTY: readonly never[] = [];
const links = new WeakMap<Connection, Link>();

/** One conversation. */
export class Link implements CallHost, CallerHost, ObjectHost {
  readonly connection: Connection;
  readonly #calls = new OutgoingCalls();
  readonly #incoming = new IncomingCalls();
  readonly #objects = new ExposedObjects(this);
  readonly #values = new LinkValues(this, (frame) => this.#send(frame));
  /** Objects of the other side that this one has not released. */
  #imports = 0;
  readonly #roots = new RemoteRoots();
  /** Whether the other side waits for this one to expose an object. */
  #isAwaited = false;
  #end: PeerGoneError | undefined;
  #isHeld: boolean | undefined;

  private constructor(connection: Connection) {
    this.connection = connection;
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
    this.#throwIfOver();
    const root = this.#objects.expose(target, policy);
    this.#hold();
    this.#send([frames.READY]);
    for (const call of this.#incoming.takePostponed()) root.receive(call);
  }

  /**
   * The object that the other side exposes.
   *
   * @param readyTimeout - milliseconds that a call waits for it to be exposed
   */
  wrap(readyTimeout: number): object {
    if (!this.#roots.areExposed && !this.isOver) this.#send([frames.HELLO]);
    const root = this.receiveObject(0);
    this.#roots.add(root, readyTimeout);
    return root.wrapped();
  }

  call(object: RemoteObject, call: OutgoingCall, request: Request, transfer: MovableValue[], isLimited: boolean): void {
    this.#throwIfOver();
    const number = this.#calls.number();
    const { type, path = EMPTY } = request;
    const [values, specials] = this.#values.packArguments(request, call, transfer);
    const frame: [number, ...unknown[]] = [frames.CALL, number, object.number, type, path, values];
    if (specials !== undefined || isLimited) frame.push(specials ?? 0);
    if (isLimited) frame.push(1);
    this.#send(frame, transfer);
    this.#calls.sent(call, number);
    this.#hold();
    if (object.number === 0) this.#roots.called(object);
  }

  cancel(call: OutgoingCall, reason: unknown): void {
    if (call.number > 0) this.#send([frames.CANCEL, call.number, toErrorRecord(reason)]);
  }

  callsOf(object: RemoteObject): OutgoingCall[] {
    return this.#calls.of(object);
  }

  release(object: RemoteObject): void {
    this.#imports--;
    if (object.number === 0 && !this.#roots.delete(object)) return;
    this.#send([frames.RELEASE, object.number]);
    this.#endIfUnused();
  }

  unpackValues({ frame }: IncomingCall): WireValue[] {
    return this.#values.unpackArguments(frame);
  }

  answer(call: IncomingCall, object: LocalObject, wire: WireValue, transfer: MovableValue[]): void {
    this.#answer(call, this.#values.packResult(wire, object.policy, transfer), transfer);
    object.finished(call);
  }

  refuse(call: IncomingCall, reason: Error): void {
    this.#answer(call, [frames.REFUSED, toErrorRecord(reason)]);
  }

  openEndpoint(call: IncomingCall, object: LocalObject): void {
    if (this.connection.carries === 'values') {
      const { port1, port2 } = new MessageChannel();
      Link.on(new PortConnection(port2)).expose(object.target, object.policy);
      this.#answer(call, [frames.RAW, port1], [port1]);
    } else {
      this.#answer(call, [frames.ENDPOINT, this.sendObject(object.target, object.policy)]);
    }
    object.finished(call);
  }

  sendObject(object: unknown, policy: Policy | undefined): number {
    const number = this.#objects.add(object, policy);
    this.#hold();
    return number;
  }

  receiveObject(number: number): RemoteObject {
    this.#imports++;
    return new RemoteObject(this, number);
  }

  #answer(call: IncomingCall, [how, what]: Packed, transfer: readonly MovableValue[] = EMPTY): void {
    this.#send([frames.ANSWER, call.number, how, what], transfer);
    this.#incoming.answered(call);
    this.#values.forgetReceived(call);
  }

  #take(message: unknown): void {
    try {
      if (!frames.isFrame(message)) throw new TypeError('Expected a frame');
      this.#handle(message);
    } catch (error) {
      const why = 'The connection was cut off: the other side sent what is no part of the protocol';
      this.connection.close(new PeerGoneError(why, { cause: error }));
    }
  }

  #handle(frame: frames.Frame): void {
    const kind = frame[0];
    const number = frame[1] as number;
    switch (kind) {
      case frames.HELLO:
        this.#isAwaited = true;
        if (this.#objects.root !== undefined) this.#send([frames.READY]);
        return;
      case frames.READY:
        return this.#roots.exposed();
      case frames.CALL:
        return this.#called(frame);
      case frames.ANSWER:
        return this.#answered(number, frame[2], frame[3]);
      case frames.CANCEL:
        return this.#incoming.cancel(number, fromErrorRecord(frame[2]));
      case frames.ABORT:
        return this.#values.abort(number, frame[2]);
      case frames.RELEASE:
        return this.#released(number);
      default:
        this.#values.streams.take(frame);
        this.#hold();
    }
  }

  #called(frame: frames.Frame): void {
    if (!frames.isCallFrame(frame)) throw new TypeError('Expected a call');
    const call = this.#incoming.add(frame);
    const object = this.#objects.get(call.frame[2]);
    if (object !== undefined) object.receive(call);
    else if (call.frame[2] === 0 && this.#isAwaited) this.#incoming.postpone(call);
    else this.#answer(call, [frames.THROWN, toErrorRecord(new PeerGoneError('The object was released'))]);
  }

  #answered(number: number, how: unknown, what: unknown): void {
    const call = this.#calls.take(number);
    if (call === undefined) return;
    this.#values.forgetSent(call);
    // What came with an answer that nobody waits for is not taken out of it.
    if (!call.isSettled) call.settle(this.#values.unpackResult(call, how, what));
    this.#hold();
  }

  #released(number: number): void {
    if (number === 0) this.#isAwaited = false;
    this.#objects.release(number);
    this.#hold();
    this.#endIfUnused();
  }

  #send(frame: frames.Frame, transfer: readonly MovableValue[] = EMPTY): void {
    if (!this.isOver) sendFrame(this.connection, frame, transfer);
  }

  /** Both sides see it at the same point of the conversation, so neither closes on the other. */
  #endIfUnused(): void {
    if (this.#imports > 0 || this.#objects.size > 0 || this.#isAwaited || this.isOver) return;
    this.connection.close(new PeerGoneError('The connection was released: nothing uses it any more'));
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
    this.#roots.end();
    this.#calls.failAll(error);
    this.#incoming.cancelAll(error);
    this.#values.end(error);
    this.#objects.releaseAll();
    // What the connection went over may be there still, such as the channel to a parent.
    this.#hold();
  }

  /** The event loop stays alive while the other side may call, or an answer is waited for. */
  #hold(): void {
    const isHeld = this.#calls.size > 0 || this.#objects.size > 0 || this.#values.streams.areOpen;
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    if (isHeld) this.connection.ref?.();
    else this.connection.unref?.();
  }
}
