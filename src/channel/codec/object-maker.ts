/**
 * Makes an object with some keys in this order, gives it to `begin`, and then gives each key what `read` returns.
 */
export type ObjectMaker = (reader: ObjectSource) => Record<string, unknown>;

/** What an ObjectMaker takes an object's values from. */
export interface ObjectSource {
  remember(object: unknown): number;
  value(): unknown;
}

/** Each maker is code that the engine must compile and keep. */
const MOST_MAKERS = 512;

let made = 0;
let compiles: boolean | undefined;

/**
 * A function for objects of these keys, in which each key is named in the code: where an engine sees one hidden class
 * at each store, it makes the whole object at once (decoding a 1 KiB object takes 1.8 times as long without). Undefined
 * where the program may not compile code (`--disallow-code-generation-from-strings`), or has compiled enough of it.
 *
 * @param keys - none of them a member of Object.prototype
 */
export function compileMaker(keys: readonly string[]): ObjectMaker | undefined {
  if (compiles === false || made >= MOST_MAKERS) return undefined;
  // Quoted by JSON, a key is nothing but a string literal, whatever it contains.
  const names = keys.map((key) => JSON.stringify(key));
  try {
    const body =
      `const object = { ${names.map((name) => `${name}: undefined`).join(', ')} };\n` +
      `reader.remember(object);\n${names.map((name) => `object[${name}] = reader.value();\n`).join('')}return object;`;
    const maker = new Function('reader', body) as ObjectMaker;
    made++;
    compiles = true;
    return maker;
  } catch {
    compiles = false;
    return undefined;
  }
}
