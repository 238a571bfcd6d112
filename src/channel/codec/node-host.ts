import type { CodecHost } from './host.ts';

/** The parts of `node:buffer` and `node:util` that the codec uses; all three runtimes have them. */
export interface NodeParts {
  /** `Buffer.prototype`, whose methods work on any Uint8Array. */
  readonly buffer: {
    latin1Slice(this: Uint8Array, start: number, end: number): string;
    utf8Write(this: Uint8Array, text: string, start: number, length: number): number;
  };
  /** `util.types` */
  readonly types: {
    isProxy(value: unknown): boolean;
    isMap(value: unknown): boolean;
    isSet(value: unknown): boolean;
    isAnyArrayBuffer(value: unknown): boolean;
    isPromise(value: unknown): boolean;
    isBoxedPrimitive(value: unknown): boolean;
    isWeakMap(value: unknown): boolean;
    isWeakSet(value: unknown): boolean;
    isGeneratorObject(value: unknown): boolean;
  };
  /** `Bun.deepEquals` */
  readonly deepEquals?: (a: unknown, b: unknown, strict: boolean) => boolean;
  /** From which length of text on `utf8Write` beats a loop; leave out where it never does (Deno). */
  readonly writeUtf8From?: number;
  /** From which length of text on `latin1Slice` beats `String.fromCharCode`. */
  readonly readLatin1From: number;
}

/** What the codec can use of a runtime with Node's modules; see `installCodecHost`. */
export function codecHostOf({ buffer, types, deepEquals, writeUtf8From, readLatin1From }: NodeParts): CodecHost {
  const { latin1Slice, utf8Write } = buffer;
  return {
    isProxy: types.isProxy,
    isBranded: (value) =>
      types.isMap(value) ||
      types.isSet(value) ||
      types.isAnyArrayBuffer(value) ||
      types.isPromise(value) ||
      types.isBoxedPrimitive(value) ||
      types.isWeakMap(value) ||
      types.isWeakSet(value) ||
      types.isGeneratorObject(value),
    readLatin1: (bytes, start, end) => latin1Slice.call(bytes, start, end),
    readLatin1From,
    ...(writeUtf8From === undefined
      ? {}
      : {
          writeUtf8: (bytes: Uint8Array, text: string, start: number) => utf8Write.call(bytes, text, start, bytes.length - start),
          writeUtf8From,
        }),
    ...(deepEquals === undefined
      ? {}
      : // Equal to what spreading makes of it: every element there, nothing else on it, and no class of its own.
        { hasOnlyElements: (array: readonly unknown[]) => deepEquals(array, [...array], true) }),
  };
}
