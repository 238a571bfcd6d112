/** What `Symbol.toPrimitive` of a remote object is. */

/**
 * Its value is elsewhere. Without this, `1 + remote` would call its `valueOf` and `toString` over there, and drop both
 * promises: the other side could have them reject with nobody to handle it, and so end this process.
 *
 * @throws {TypeError} always
 */
export function refuseConversion(): never {
  throw new TypeError('Cannot convert a remote object to a text or number: await one of its members first');
}
