/** Whether a value can leave the process, and how it hangs together. */
import { types } from 'node:util';
import { SharedObject } from '../../memory/shared-object.ts';

/** `tree`: no object is in it twice. `graph`: one may be, and must arrive as one. */
export type ValueShape = 'tree' | 'graph';

/** Up to so many objects, looking through a list is faster than asking a Set. */
const FEW_OBJECTS = 24;
/** Deeper than any sane value, and far from the end of the stack. */
const MAX_DEPTH = 1_000;

const CARRIED_VIEWS: ReadonlySet<string> = new Set(
  [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array]
    .map(({ name }) => name)
    .concat('Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'),
);

/**
 * Goes through a value before it is written: MessagePack would write a function as nothing and a port as `{}`, and the
 * other side would wonder.
 *
 * @throws {DOMException} DataCloneError that says what cannot be carried
 */
export function surveyValue(value: unknown): ValueShape {
  const survey = new Survey();
  survey.visit(value, 0);
  return survey.shape;
}

class Survey {
  shape: ValueShape = 'tree';
  readonly #few: object[] = [];
  #many: Set<object> | undefined;

  visit(value: unknown, depth: number): void {
    if (typeof value === 'function') throw cannotCarry(`the function '${value.name || 'anonymous'}'`);
    if (typeof value === 'symbol') throw cannotCarry(`the symbol ${String(value)}`);
    if (typeof value !== 'object' || value === null || this.#hasSeen(value)) return;
    if (depth > MAX_DEPTH) throw cannotCarry(`what is nested more than ${MAX_DEPTH} deep`);
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) this.visit(value[i], depth + 1);
      return;
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) this.#visitMembers(value, depth);
    else this.#visitInstance(value, depth);
  }

  #visitMembers(value: object, depth: number): void {
    for (const key of Object.keys(value)) this.visit((value as Record<string, unknown>)[key], depth + 1);
  }

  #visitInstance(value: object, depth: number): void {
    if (types.isMap(value)) {
      for (const [key, member] of value) {
        this.visit(key, depth + 1);
        this.visit(member, depth + 1);
      }
    } else if (types.isSet(value)) {
      for (const member of value) this.visit(member, depth + 1);
    } else if (value instanceof Error) {
      this.visit(value.cause, depth + 1);
    } else if (isRefused(value)) {
      throw cannotCarry(`a value of class ${classOf(value)}`);
    } else if (!isLeaf(value)) {
      this.#visitMembers(value, depth);
    }
  }

  /** Notes the object. With many of them, whether any comes twice is left to the encoder. */
  #hasSeen(value: object): boolean {
    if (this.#many !== undefined) {
      if (this.#many.has(value)) return true;
      this.#many.add(value);
      return false;
    }
    if (this.#few.includes(value)) {
      this.shape = 'graph';
      return true;
    }
    this.#few.push(value);
    if (this.#few.length > FEW_OBJECTS) {
      this.shape = 'graph';
      this.#many = new Set(this.#few);
    }
    return false;
  }
}

function isLeaf(value: object): boolean {
  return types.isDate(value) || types.isRegExp(value) || types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value);
}

/** What a structured clone would not copy, or would share: it means nothing in another process. */
function isRefused(value: object): boolean {
  return (
    value instanceof SharedObject ||
    types.isSharedArrayBuffer(value) ||
    types.isPromise(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value) ||
    types.isBoxedPrimitive(value) ||
    value instanceof WeakRef ||
    value instanceof MessagePort ||
    value instanceof AbortSignal ||
    (typeof ReadableStream === 'function' && value instanceof ReadableStream) ||
    (ArrayBuffer.isView(value) && !types.isDataView(value) && !isCarriedView(value))
  );
}

function isCarriedView(value: object): boolean {
  return CARRIED_VIEWS.has((value as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? '');
}

function classOf(value: object): string {
  const { constructor } = value as { readonly constructor?: unknown };
  return typeof constructor === 'function' ? constructor.name : 'unknown';
}

function cannotCarry(what: string): DOMException {
  return new DOMException(`Could not send ${what}: it cannot leave the process`, 'DataCloneError');
}
