/**
 * Replaces the functions of the global `Atomics` in a thread under test. Operations on the tested memory become
 * scheduling points, and its waiter lists are the controller's; everything else passes through.
 *
 * The operations themselves are the real ones. Only the lists of `wait`, `waitAsync` and `notify` are virtual: FIFO per
 * word, as the specification has it (https://tc39.es/ecma262/#sec-waiterlist-records), with an abandoned `waitAsync`
 * staying in its list, as on every runtime.
 */
import { Operation } from './lane.ts';
import { SAME, WIDE } from './operation-key.ts';
import type { Puppet, WaitResult } from './puppet.ts';
import { ThreadDeath } from './thread-death.ts';

type View = Int32Array | BigInt64Array;
type Value = number & bigint;
type Plain = (view: View, index: number, ...values: Value[]) => unknown;
type Access = { readonly operation: number; readonly writes: boolean };

type PlainName = 'load' | 'store' | 'add' | 'sub' | 'and' | 'or' | 'xor' | 'exchange' | 'compareExchange';
type ParkingName = 'wait' | 'waitAsync' | 'notify';
type Parking = (view: View, index: number, ...rest: unknown[]) => unknown;

const { load, store, add, sub, and, or, xor, exchange, compareExchange, wait, waitAsync, notify } =
  Atomics as unknown as Record<PlainName, Plain> & Record<ParkingName, Parking>;
const real = { load, store, add, sub, and, or, xor, exchange, compareExchange, wait, waitAsync, notify };
const realPause = (Atomics as { pause?: (iterations?: number) => void }).pause?.bind(Atomics);

/** Patches `Atomics` for as long as this thread lives. `current` tells whose schedule is running, if any is. */
export function installVirtualAtomics(current: () => Puppet | undefined): void {
  const isTested = (puppet: Puppet | undefined, view: View, index: number): puppet is Puppet => {
    if (puppet?.tested === undefined || !ArrayBuffer.isView(view)) return false;
    if (view.buffer !== puppet.tested) {
      if (isShared(view.buffer)) throw new Error("An Atomics operation on shared memory that is not the scenario's");
      return false;
    }
    return Number.isInteger(index) && index >= 0 && index < view.length;
  };

  const plain = (name: PlainName, writes: boolean): Plain => {
    const access: Access = { operation: Operation[name], writes };
    const perform = real[name];
    const returnsBefore = writes && name !== 'store';
    return (view, index, ...values) => {
      const puppet = current();
      if (!isTested(puppet, view, index)) return perform(view, index, ...values);
      const point = approach(puppet, access, view, index);
      const result = puppet.tracing
        ? traced(puppet, name, perform, view, index, values, point)
        : perform(view, index, ...values);
      if (point && returnsBefore && real.load(view, index) === result) puppet.mark(SAME);
      return result;
    };
  };

  const wait = (view: View, index: number, value: unknown, timeout?: number): unknown => {
    const puppet = current();
    if (!isTested(puppet, view, index) || !isWaitable(view)) return real.wait(view, index, value, timeout);
    const timeoutMs = milliseconds(timeout);
    const offset = enterWait(puppet, Operation.wait, view, index);
    const result = compare(view, index, value, timeoutMs) ?? 'blocks';
    const limit = timeoutMs < Infinity ? ` (${timeoutMs} ms)` : '';
    note(puppet, `wait @ for ${text(value)}${limit}: ${result}`, offset, false);
    return result === 'blocks' ? puppet.block(offset, timeoutMs) : result;
  };

  const waitAsync = (view: View, index: number, value: unknown, timeout?: number): unknown => {
    const puppet = current();
    if (!isTested(puppet, view, index) || !isWaitable(view)) return real.waitAsync(view, index, value, timeout);
    const timeoutMs = milliseconds(timeout);
    const offset = enterWait(puppet, Operation.waitAsync, view, index);
    const result = compare(view, index, value, timeoutMs);
    note(puppet, `waitAsync @ for ${text(value)}: ${result ?? 'pending'}`, offset, false);
    return result === undefined
      ? { async: true, value: puppet.waitAsync(offset, timeoutMs) }
      : { async: false, value: result };
  };

  const notify = (view: View, index: number, count?: number): unknown => {
    const puppet = current();
    if (!isTested(puppet, view, index) || !isWaitable(view)) return real.notify(view, index, count);
    if (puppet.dead) throw new ThreadDeath();
    const offset = view.byteOffset + index * view.BYTES_PER_ELEMENT;
    const most = count === undefined ? 2 ** 31 - 1 : Math.max(0, Math.min(Math.trunc(count) || 0, 2 ** 31 - 1));
    const isPoint = puppet.isWaitedOn(offset, false);
    if (!isPoint) puppet.pass();
    const woken = isPoint ? puppet.enter(Operation.notify, offset, most) : 0;
    note(puppet, `notify @ (${count === undefined ? 'all' : most}): woke ${woken}`, offset, !isPoint);
    return woken;
  };

  const pause = (iterations?: number): void => {
    const puppet = current();
    if (puppet?.tested === undefined) return realPause?.(iterations);
    puppet.enter(Operation.pause, 0, 0);
    note(puppet, 'pause', -1, false);
  };

  Object.assign(Atomics, {
    load: plain('load', false),
    store: plain('store', true),
    add: plain('add', true),
    sub: plain('sub', true),
    and: plain('and', true),
    or: plain('or', true),
    xor: plain('xor', true),
    exchange: plain('exchange', true),
    compareExchange: plain('compareExchange', true),
    wait,
    waitAsync,
    notify,
    // Present on every runtime here, so that spin loops tell the search that they spin.
    pause,
  });
}

/** Stops before a plain operation if that matters to anybody. True if it did. */
function approach(puppet: Puppet, access: Access, view: View, index: number): boolean {
  const size = view.BYTES_PER_ELEMENT;
  const offset = view.byteOffset + index * size;
  if (puppet.conflicts(offset, size, access.writes)) {
    puppet.enter(access.operation, offset, 0);
    if (size > 4) puppet.mark(WIDE);
    return true;
  }
  puppet.pass();
  return false;
}

function enterWait(puppet: Puppet, operation: number, view: View, index: number): number {
  const offset = view.byteOffset + index * view.BYTES_PER_ELEMENT;
  if (!puppet.dead) {
    puppet.conflicts(offset, view.BYTES_PER_ELEMENT, false);
    puppet.isWaitedOn(offset, true);
  }
  puppet.enter(operation, offset, 0);
  if (view.BYTES_PER_ELEMENT > 4) puppet.mark(WIDE);
  return offset;
}

/** How a wait ends without waiting, or undefined if it waits. */
function compare(view: View, index: number, value: unknown, timeoutMs: number): WaitResult | undefined {
  const wanted = view instanceof BigInt64Array ? BigInt.asIntN(64, value as bigint) : (value as number) | 0;
  if (real.load(view, index) !== wanted) return 'not-equal';
  return timeoutMs <= 0 ? 'timed-out' : undefined;
}

function isShared(buffer: ArrayBufferLike): boolean {
  return Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]';
}

function isWaitable(view: View): boolean {
  return view instanceof Int32Array || view instanceof BigInt64Array;
}

function milliseconds(timeout: number | undefined): number {
  const value = timeout === undefined ? Infinity : Number(timeout);
  return Number.isNaN(value) ? Infinity : Math.max(0, value);
}

/** Makes a plain operation and writes down what it did. */
function traced(
  puppet: Puppet,
  name: string,
  perform: Plain,
  view: View,
  index: number,
  values: Value[],
  point: boolean,
): unknown {
  const before = real.load(view, index);
  const result = perform(view, index, ...values);
  const after = real.load(view, index);
  const operands = values.map(text).join(', ');
  const change = name === 'load' ? `= ${text(after)}` : `(${operands}): ${text(before)} -> ${text(after)}`;
  note(puppet, `${name} @ ${change}`, view.byteOffset + index * view.BYTES_PER_ELEMENT, !point);
  return result;
}

/** Writes a step of the trace; `@` in it stands for the word's name. */
export function note(puppet: Puppet, what: string, offset: number, local: boolean): void {
  if (!puppet.tracing) return;
  puppet.control.write({ kind: 'trace', thread: puppet.thread, text: what, offset, local, at: callSite() });
}

/** `module.ts:line` in a frame of a stack trace. */
const PLACE = /([\w.-]+\.m?[jt]s)(?:\?[^:]*)?:(\d+)/;

/**
 * Frames that say nothing about where an operation comes from: this file, by the name that stack traces have for it
 * (another one once it is built), and the wrappers around it.
 */
const OWN_FILES: ReadonlySet<string> = new Set([
  PLACE.exec(new Error().stack ?? '')?.[1] ?? '',
  'virtual-atomics.ts',
  'puppet.ts',
  'atomic.ts',
]);

/** The first frame that is none of the explorer's own: `module.ts:line`. */
function callSite(): string {
  const frames = (new Error().stack ?? '').split('\n').slice(1);
  for (const frame of frames) {
    const [, file = '', line = ''] = PLACE.exec(frame) ?? [];
    if (file !== '' && !OWN_FILES.has(file)) return `${file}:${line}`;
  }
  return '';
}

function text(value: unknown): string {
  return typeof value === 'bigint' ? `${value}n` : String(value);
}
