/** Messages that are not worth joining with others before they go out. */

/** Lists within lists, each of a few primitive values: what most calls and answers are. */
const MOST_DEPTH = 2;
const MOST_ITEMS = 8;
const MOST_CHARACTERS = 64;

/** Whether a message is a list that is plain and takes less than about a kilobyte, by a look at its outside. */
export function isShortMessage(message: unknown): message is readonly unknown[] {
  return Array.isArray(message) && isShortList(message, 0);
}

function isShortList(list: readonly unknown[], depth: number): boolean {
  if (list.length > MOST_ITEMS) return false;
  for (let i = 0; i < list.length; i++) {
    if (!isShort(list[i], depth)) return false;
  }
  return true;
}

function isShort(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return value.length <= MOST_CHARACTERS;
  if (typeof value !== 'object' || value === null) return isPlainPrimitive(value);
  return depth < MOST_DEPTH && Array.isArray(value) && isShortList(value, depth + 1);
}

function isPlainPrimitive(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || value === undefined || value === null;
}
