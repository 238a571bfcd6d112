import type { CodecHost } from './host.ts';
import { namedSlotCheck, type SizeEstimate } from './named-slots.ts';

/** The parts of `node:buffer` and `node:util` that the codec uses, which all three runtimes have, and more of Bun's. */
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
  /** `util.inspect` */
  readonly inspect: (
    value: unknown,
    options: { readonly maxArrayLength: number; readonly customInspect: boolean },
  ) => string;
  /** Bun's `estimateShallowMemoryUsageOf`, from `bun:jsc`. */
  readonly shallowSize?: SizeEstimate | undefined;
  /** From which length of an array on `inspect` beats listing its keys. */
  readonly inspectFrom: number;
  /** Whether `utf8Write` beats a TextEncoder (not on Deno). */
  readonly useUtf8Write: boolean;
  /** From which length of text on that beats a loop. */
  readonly writeUtf8From: number;
  /** From which length of text on `latin1Slice` beats `String.fromCharCode`. */
  readonly readLatin1From: number;
}

/** What the codec can use of a runtime with Node's modules; see `installCodecHost`. */
export function codecHostOf({
  buffer,
  types,
  inspect,
  shallowSize,
  inspectFrom,
  useUtf8Write,
  writeUtf8From,
  readLatin1From,
}: NodeParts): CodecHost {
  const { latin1Slice, utf8Write } = buffer;
  const hasNoNamedSlots = shallowSize === undefined ? undefined : namedSlotCheck(shallowSize);
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
    ...(useUtf8Write
      ? {
          writeUtf8: (bytes: Uint8Array, text: string, start: number) =>
            utf8Write.call(bytes, text, start, bytes.length - start),
        }
      : {}),
    writeUtf8From,
    // `inspect` is the one public way to the runtimes' own check, at the same cost for any length: with no elements
    // shown, the text names all other properties. Anything unexpected in it, such as a class name, only costs the
    // listing of the keys.
    hasOnlyIndices:
      hasNoNamedSlots ?? ((array) => inspect(array, ELEMENTS_HIDDEN) === `[ ... ${array.length} more items ]`),
    hasOnlyIndicesFrom: hasNoNamedSlots === undefined ? inspectFrom : 0,
  };
}

const ELEMENTS_HIDDEN = { maxArrayLength: 0, customInspect: false } as const;
