/**
 * What another process may reach of an exposed object, by the path of names that it sends.
 *
 * The object's own members and the methods of its classes, and nothing that the language put there:
 *
 * - Of a plain object or an array: its own properties that hold a value, and what is in them: functions to call,
 *   classes to construct, data to read and set.
 * - Of an instance of a class: the methods of its class and of what that extends, to call, and their accessors, to read
 *   and set; its own fields only where they hold plain data.
 * - Of a function or class: the call or construction itself, and its own static members.
 *
 * Refused are `constructor`, `__proto__` and `prototype` wherever they lead; members that are inherited from built-in
 * classes (Object, Function, Array, Map, EventEmitter, ...) or in any way but by a class; getters and setters that are
 * a plain object's own; fields that hold a function or an instance of another class (what was injected is no API);
 * instances of classes as values (they are no data); replacing a method; setting what is not there already; the whole
 * object as a value. A list of names narrows all this, and may name such fields.
 *
 * Comlink walks the same path once more. It finds the same, since what is let through are values and methods that are
 * there and not computed; a `Proxy` that tells one thing now and another then is its author's responsibility.
 */
import { EventEmitter } from 'node:events';
import { Duplex, PassThrough, Readable, Stream, Transform, Writable } from 'node:stream';
import { proxyMarker } from 'comlink';
import { RpcRefusedError } from '../errors.ts';
import { describe } from '../signal/wait-options.ts';

/** What is to be done at the end of a path. */
export type ReachType = 'GET' | 'SET' | 'APPLY' | 'CONSTRUCT' | 'ENDPOINT';

/** Throws a RpcRefusedError where the path may not be gone. */
export type ReachCheck = (path: readonly string[], target: unknown, type: ReachType) => void;

const NEVER: ReadonlySet<string> = new Set(['constructor', '__proto__', 'prototype']);
/** What every function has, and is no static member. */
const OF_FUNCTIONS: ReadonlySet<string> = new Set(['length', 'name', 'arguments', 'caller']);
/** Built-in classes that are written in JavaScript and are no globals. */
const LIBRARY: ReadonlySet<unknown> = new Set([
  ...[EventEmitter, Stream, Readable, Writable, Duplex, Transform, PassThrough],
]);

/**
 * The check for an exposed object and for whatever else comes to be reached through it.
 *
 * @param root - the exposed object
 * @param names - paths like `quote` or `orders.place`: of `root` only these and what is below them can be reached
 * @throws {TypeError} if `names` is no list of them
 */
export function reachCheck(root: unknown, names?: readonly string[]): ReachCheck {
  const allowed = names === undefined ? undefined : checkNames(names);
  return (path, target, type) => {
    // Another way to the same object, to be checked when it is gone.
    if (type === 'ENDPOINT') return;
    const list = target === root ? allowed : undefined;
    if (list !== undefined && !isBelow(path, list)) throw refused(path, 'it is not on the list of what is allowed');
    new Walk(path, type, list).go(target);
  };
}

interface Member {
  readonly descriptor: PropertyDescriptor;
  /** Whether it comes from the object's class rather than from itself. */
  readonly ofClass: boolean;
}

class Walk {
  readonly #path: readonly string[];
  readonly #type: ReachType;
  readonly #names: readonly string[] | undefined;

  constructor(path: readonly string[], type: ReachType, names: readonly string[] | undefined) {
    this.#path = path;
    this.#type = type;
    this.#names = names;
  }

  go(target: unknown): void {
    if (this.#path.length === 0) return this.#checkRoot(target);
    let owner = target;
    for (const [i, name] of this.#path.entries()) {
      const isLast = i === this.#path.length - 1;
      const member = this.#find(owner, name);
      // Nothing is there, by whatever way: Comlink comes to `undefined`, and a call to the error that everybody knows.
      if (member === undefined) return;
      if (member.ofClass) return this.#checkClassMember(member, isLast);
      if (!('value' in member.descriptor)) throw this.#refused('it is a getter or setter of plain data');
      const value: unknown = member.descriptor.value;
      if (isInstance(owner) && !isOnTheWay(this.#path.slice(0, i + 1), this.#names)) this.#checkField(value);
      if (isLast) this.#checkEnd(owner, name, member.descriptor);
      owner = value;
    }
  }

  #checkRoot(target: unknown): void {
    const isCall = this.#type === 'APPLY' || this.#type === 'CONSTRUCT';
    if (!isCall) throw this.#refused('the exposed object itself is no value');
    if (typeof target !== 'function') throw this.#refused('the exposed object is no function');
  }

  #find(owner: unknown, name: string): Member | undefined {
    if (typeof name !== 'string' || NEVER.has(name)) throw this.#refused(`'${String(name)}' is never reached`);
    if ((typeof owner !== 'object' || owner === null) && typeof owner !== 'function') {
      throw this.#refused(`'${name}' would be a member of ${describe(owner)}, which is no object`);
    }
    const own = Object.getOwnPropertyDescriptor(owner, name);
    if (own !== undefined && !(typeof owner === 'function' && OF_FUNCTIONS.has(name))) {
      return { descriptor: own, ofClass: false };
    }
    const descriptor = typeof owner === 'function' ? undefined : classMember(owner, name);
    if (descriptor !== undefined) return { descriptor, ofClass: true };
    if (this.#type === 'SET' || name in owner) throw this.#refused(`there is no '${name}' that is its own`);
    return undefined;
  }

  #checkClassMember({ descriptor }: Member, isLast: boolean): void {
    if (!isLast) throw this.#refused('it leads through a method or an accessor');
    const isMethod = typeof descriptor.value === 'function';
    if (isMethod && this.#type === 'APPLY') return;
    if (this.#type === 'GET' && (isMethod || descriptor.get !== undefined)) return;
    if (this.#type === 'SET' && descriptor.set !== undefined) return;
    throw this.#refused(isMethod ? 'a method can only be called' : 'the accessor does not do that');
  }

  #checkField(value: unknown): void {
    if (typeof value === 'function' || isNoData(value)) {
      throw this.#refused("it is a field with something that is no plain data; option 'allow' can name it");
    }
  }

  #checkEnd(owner: unknown, name: string, { value, writable }: PropertyDescriptor): void {
    if (this.#type === 'GET' && isNoData(value)) {
      throw this.#refused('an instance of a class is no data: call its methods, or expose it by proxy()');
    }
    if (this.#type !== 'SET') return;
    if (writable !== true) throw this.#refused('it is read-only');
    if (typeof value === 'function' || isInstance(value)) throw this.#refused('what is no data cannot be replaced');
    // One number, and reading the array takes as long as that says.
    if (Array.isArray(owner) && name === 'length') throw this.#refused('the length of an array cannot be set');
  }

  #refused(why: string): RpcRefusedError {
    return refused(this.#path, why);
  }
}

/** The member of that name of the object's classes, up to the first that is built in. */
function classMember(owner: object, name: string): PropertyDescriptor | undefined {
  let prototype = Object.getPrototypeOf(owner) as object | null;
  while (prototype !== null && isClassPrototype(prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    if (descriptor !== undefined) return descriptor;
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return undefined;
}

/** Whether it has behaviour of its own rather than being plain data or of a built-in class. */
function isInstance(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype !== null && !isBuiltIn(constructorOf(prototype));
}

/** Whether it would be copied although it is an instance; what is marked by `proxy` stays here. */
function isNoData(value: unknown): boolean {
  return isInstance(value) && !(proxyMarker in (value as object));
}

function isClassPrototype(prototype: object): boolean {
  const constructor = constructorOf(prototype);
  return typeof constructor === 'function' && constructor.prototype === prototype && !isBuiltIn(constructor);
}

function constructorOf(prototype: object): unknown {
  return Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
}

function isBuiltIn(constructor: unknown): boolean {
  if (typeof constructor !== 'function') return false;
  if (LIBRARY.has(constructor)) return true;
  if ((globalThis as Record<string, unknown>)[constructor.name] === constructor) return true;
  return /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(constructor));
}

function isBelow(path: readonly string[], names: readonly string[]): boolean {
  if (path.some((name) => typeof name !== 'string' || name.includes('.'))) return false;
  const whole = path.join('.');
  return names.some((name) => whole === name || whole.startsWith(`${name}.`));
}

/** Whether the path is one of the names, or leads to one. */
function isOnTheWay(path: readonly string[], names: readonly string[] | undefined): boolean {
  const part = path.join('.');
  return names?.some((name) => name === part || name.startsWith(`${part}.`)) ?? false;
}

function checkNames(names: unknown): readonly string[] {
  if (!Array.isArray(names) || !names.every((name): name is string => typeof name === 'string')) {
    throw new TypeError(`Expected option 'allow' to be a list of names like 'orders.place', got ${describe(names)}`);
  }
  return [...names];
}

function refused(path: readonly string[], why: string): RpcRefusedError {
  return new RpcRefusedError(`Cannot reach '${path.join('.')}' of the exposed object: ${why}`);
}
