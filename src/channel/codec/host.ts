import { isArrayBuffer, isMap, isSet } from './brands.ts';

/**
 * What the codec can use of a runtime, where there is something faster or sharper than the language has. An adapter or
 * a worker entry installs it once, before the first value is encoded; without it all works, with the limits named here.
 */
export interface CodecHost {
  /** Tells a Proxy from an ordinary object. Without it a Proxy is taken for its target, where a clone would throw. */
  readonly isProxy?: (value: object) => boolean;
  /**
   * True only if the array has no own enumerable string keys but indices; false is no promise of the contrary.
   * Without it the keys are listed, and engines make a string of each index for that (Bun takes 40 ns for each).
   */
  readonly hasOnlyIndices?: (array: readonly unknown[]) => boolean;
  /** From which length on `hasOnlyIndices` is faster than listing the keys. @default 100 */
  readonly hasOnlyIndicesFrom?: number;
  /**
   * True if the value is a Map, a Set, a buffer, a Promise or the like, whatever its prototype says. Asked only of
   * objects that look like `{}`. Without it only those three kinds are recognised, by provoking exceptions.
   */
  readonly isBranded?: (value: object) => boolean;
  /** Writes text as UTF-8 at `start` and returns the number of bytes; there is room for three bytes a character. */
  readonly writeUtf8?: (bytes: Uint8Array, text: string, start: number) => number;
  /** From which length on `writeUtf8`, or a TextEncoder without it, beats a loop over the characters. @default 48 */
  readonly writeUtf8From?: number;
  /** Reads bytes as Latin-1 text: one character a byte. */
  readonly readLatin1?: (bytes: Uint8Array, start: number, end: number) => string;
  /** From which length on `readLatin1` beats `String.fromCharCode` with as many arguments. @default 25 */
  readonly readLatin1From?: number;
}

const encoderText = new TextEncoder();
const decoderText = new TextDecoder('utf-8', { ignoreBOM: true });

/** The parts in use; read as `host.isProxy(value)`. */
export const host: { -readonly [K in keyof CodecHost]-?: NonNullable<CodecHost[K]> | undefined } & {
  isProxy: (value: object) => boolean;
  isBranded: (value: object) => boolean;
  hasOnlyIndicesFrom: number;
  writeUtf8From: number;
  readLatin1From: number;
} = {
  isProxy: () => false,
  isBranded: (value) => isMap(value) || isSet(value) || isArrayBuffer(value),
  hasOnlyIndices: undefined,
  hasOnlyIndicesFrom: 100,
  writeUtf8: undefined,
  readLatin1: undefined,
  writeUtf8From: 48,
  readLatin1From: 25,
};

/** Installs what the runtime offers; members left out keep their portable form. */
export function installCodecHost(offered: CodecHost): void {
  Object.assign(host, offered);
}

/** Writes as much of the text as fits, as UTF-8. */
export function encodeInto(
  bytes: Uint8Array,
  text: string,
  start: number,
  limit: number,
): { read: number; written: number } {
  return encoderText.encodeInto(text, bytes.subarray(start, limit));
}

/** Reads UTF-8; the encoder wrote well-formed text only, so nothing is replaced. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  return decoderText.decode(bytes.subarray(start, end));
}
