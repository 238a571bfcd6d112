/** About how many bytes an object takes, without what its properties refer to. */
export type SizeEstimate = (value: object) => number;

/**
 * Whether an array has no properties but its elements, from its size. JavaScriptCore keeps an array's elements and its
 * named properties in one block of memory, and of that block its size estimate counts the named slots only: 6 ns for an
 * array of any length, where listing the keys makes a string of each index (48 ns an element).
 * https://github.com/WebKit/WebKit/blob/main/Source/JavaScriptCore/runtime/JSObject.cpp (`JSObject::estimatedSize`)
 *
 * An array that takes more than an empty one, be it for a hidden property, a symbol or one that was deleted, is not
 * said to have named properties: its keys are listed.
 *
 * @returns undefined where the estimate turns out not to tell named properties from elements
 */
export function namedSlotCheck(sizeOf: SizeEstimate): ((array: readonly unknown[]) => boolean) | undefined {
  const bare = sizeOf([]);
  const holds = [[], [0.5], new Array<unknown>(100).fill('')].every(
    (array) => sizeOf(array) === bare && sizeOf(Object.assign(array, { named: 1 })) > bare,
  );
  return holds ? (array) => sizeOf(array) === bare : undefined;
}
