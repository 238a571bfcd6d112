// A module with a default export beside another one.
/** @param {unknown} item */
export default function same(item) {
  return item;
}

export function other() {
  return 'other';
}
