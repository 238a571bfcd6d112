/**
 * Compares two values as graphs: the same kinds, own properties in the same order with the same attributes, the same
 * sharing and cycles. Returns where they differ first, or undefined.
 */
export function difference(a: unknown, b: unknown): string | undefined {
  const there = new Map<object, object>();
  const back = new Map<object, object>();

  const compare = (left: unknown, right: unknown, path: string): string | undefined => {
    if (typeof left !== 'object' || left === null || typeof right !== 'object' || right === null) {
      return Object.is(left, right) ? undefined : `${path}: ${show(left)} is not ${show(right)}`;
    }
    if (there.has(left) || back.has(right)) {
      return there.get(left) === right && back.get(right) === left ? undefined : `${path}: shared otherwise`;
    }
    there.set(left, right);
    back.set(right, left);
    if (Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) return `${path}: other prototype`;
    const kind = Object.prototype.toString.call(left);
    if (kind !== Object.prototype.toString.call(right)) return `${path}: other kind`;
    return contents(kind, left, right, path) ?? properties(left, right, path);
  };

  const contents = (kind: string, left: object, right: object, path: string): string | undefined => {
    if (left instanceof Map) return compare([...left], [...(right as Map<unknown, unknown>)], `${path}<entries>`);
    if (left instanceof Set) return compare([...left], [...(right as Set<unknown>)], `${path}<members>`);
    if (left instanceof Date) return compare(left.getTime(), (right as Date).getTime(), `${path}<time>`);
    if (left instanceof RegExp) return compare(String(left), String(right), `${path}<source>`);
    if (left instanceof ArrayBuffer)
      return compare(
        [...new Uint8Array(left)].join(),
        [...new Uint8Array(right as ArrayBuffer)].join(),
        `${path}<bytes>`,
      );
    if (ArrayBuffer.isView(left)) {
      const other = right as ArrayBufferView;
      return (
        compare(left.byteOffset, other.byteOffset, `${path}.byteOffset`) ??
        compare(left.byteLength, other.byteLength, `${path}.byteLength`) ??
        compare(left.buffer, other.buffer, `${path}.buffer`)
      );
    }
    if (/^\[object (Boolean|Number|String|BigInt)\]$/.test(kind))
      return compare(left.valueOf(), right.valueOf(), `${path}<primitive>`);
    if (left instanceof Error) return compare(left.stack, (right as Error).stack, `${path}.stack`);
    return undefined;
  };

  const properties = (left: object, right: object, path: string): string | undefined => {
    if (ArrayBuffer.isView(left)) return undefined;
    const keys = Reflect.ownKeys(left).map(String).join();
    if (keys !== Reflect.ownKeys(right).map(String).join())
      return `${path}: keys ${keys} are not ${Reflect.ownKeys(right).map(String).join()}`;
    for (const key of Reflect.ownKeys(left)) {
      const mine = Object.getOwnPropertyDescriptor(left, key) as PropertyDescriptor;
      const other = Object.getOwnPropertyDescriptor(right, key) as PropertyDescriptor;
      const found =
        mine.enumerable !== other.enumerable ||
        mine.configurable !== other.configurable ||
        mine.writable !== other.writable
          ? `${path}.${String(key)}: other attributes`
          : compare(mine.value, other.value, `${path}.${String(key)}`);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  return compare(a, b, 'value');
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : Object.is(value, -0) ? '-0' : String(value);
}
