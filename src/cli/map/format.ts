/** How a line of input becomes an item, and a result a line of output. */

/** `ndjson`: one JSON value a line. `lines`: the text of the line. */
export type FormatName = 'ndjson' | 'lines';

/** A format of input and output. */
export interface Format {
  readonly name: FormatName;
  /** Whether the line holds no item. */
  isBlank(text: string): boolean;
  /** The item that a line holds. @throws {SyntaxError} if there is none. */
  parse(text: string): unknown;
  /** The line, with its break, that holds a result. @throws {TypeError} if it cannot be written. */
  print(result: unknown): string;
}

/** Above it are the characters that a line of JSON usually starts with: no need to look further for those. */
const SPACE = 32;

const NDJSON: Format = {
  name: 'ndjson',
  isBlank: (text) => !(text.charCodeAt(0) > SPACE) && text.trim() === '',
  parse: parseJson,
  print: printJson,
};

const LINES: Format = {
  name: 'lines',
  isBlank: () => false,
  parse: (text) => text,
  print: (result) => (typeof result === 'string' ? `${result}\n` : printJson(result)),
};

/** The format of that name. */
export function formatNamed(name: FormatName): Format {
  return name === 'ndjson' ? NDJSON : LINES;
}

/** The format that a file's name tells: NDJSON for .ndjson and .jsonl, lines otherwise. */
export function formatOfFile(path: string | undefined): FormatName {
  return path !== undefined && /\.(ndjson|jsonl)$/i.test(path) ? 'ndjson' : 'lines';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read the line as JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A result that JSON has no text for (`undefined`, a function) is `null`, so that every item has its line. */
function printJson(result: unknown): string {
  try {
    return `${(JSON.stringify(result) as string | undefined) ?? 'null'}\n`;
  } catch (error) {
    throw new TypeError(`Cannot write the result as JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
