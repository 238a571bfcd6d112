import { viewSlots } from './brands.ts';

const SLACK = 64;

/**
 * About how many bytes the buffers, views and long texts among some arguments take when encoded: enough to choose the
 * right room at once, where finding it too small would copy the bulk twice. Other values count nothing; no getter runs.
 */
export function sizeHint(values: readonly unknown[]): number {
  let size = 0;
  for (const value of values) {
    if (typeof value === 'string') size += value.length > SLACK ? value.length : 0;
    else if (typeof value === 'object' && value !== null) size += bulkOf(value);
  }
  return size === 0 ? 0 : size + SLACK * values.length;
}

function bulkOf(value: object): number {
  if (ArrayBuffer.isView(value)) {
    const buffer = viewSlots(value)?.buffer;
    return buffer === undefined ? 0 : buffer.byteLength;
  }
  return value instanceof ArrayBuffer ? value.byteLength : 0;
}
