/** What a decoder throws at bytes that no encoder wrote. */
export function corrupt(what: string, at: number): TypeError {
  return new TypeError(`Cannot decode a value: ${what} at byte ${at * 4}`);
}
