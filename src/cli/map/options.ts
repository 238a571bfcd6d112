/** The options of `reveille map`. */
import { parseFlags, type Flag, type ParsedFlags } from '../flags.ts';
import { UsageError } from '../usage-error.ts';
import { formatOfFile, type FormatName } from './format.ts';
import { parseRate } from './rate.ts';

/** What `reveille map` was asked to do. */
export interface MapOptions {
  readonly module: string;
  /** Undefined: the default export, or else the only one. */
  readonly exportName: string | undefined;
  /** Undefined: standard input. */
  readonly input: string | undefined;
  /** Undefined: standard output. */
  readonly output: string | undefined;
  /** Where all failures are recorded. */
  readonly errors: string | undefined;
  readonly format: FormatName;
  /** Undefined: as many as the machine runs at a time. */
  readonly threads: number | undefined;
  /** Items in work at a time on each thread. */
  readonly concurrency: number;
  /** Milliseconds between two calls. */
  readonly interval: number | undefined;
  /** How often an item that failed is tried again. */
  readonly retry: number;
  /** Milliseconds that one try of an item may take. */
  readonly timeout: number | undefined;
  readonly ordered: boolean;
  /** How many failures are borne before the job stops. */
  readonly maxErrors: number;
  /** Lines to leave out at the start. */
  readonly skip: number;
  readonly progress: boolean;
  readonly quiet: boolean;
}

/** The flags of `reveille map`, besides those of every command. */
export const MAP_FLAGS: Readonly<Record<string, Flag>> = {
  export: { type: 'string', short: 'e' },
  input: { type: 'string', short: 'i' },
  output: { type: 'string', short: 'o' },
  errors: { type: 'string' },
  format: { type: 'string', short: 'f' },
  threads: { type: 'string', short: 't' },
  concurrency: { type: 'string', short: 'c' },
  rate: { type: 'string' },
  retry: { type: 'string' },
  timeout: { type: 'string' },
  ordered: { type: 'boolean' },
  'fail-fast': { type: 'boolean' },
  'max-errors': { type: 'string' },
  skip: { type: 'string' },
  'no-progress': { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
};

/**
 * Reads the command line of `reveille map`.
 *
 * @throws {UsageError} naming the option, what it got and what it takes.
 */
export function parseMapOptions(argv: readonly string[]): MapOptions {
  const flags = parseFlags(argv, MAP_FLAGS);
  const [module, ...rest] = flags.positionals;
  if (module === undefined) {
    throw new UsageError('Name the module whose function is called with each item: reveille map MODULE');
  }
  if (rest.length > 0) {
    throw new UsageError(`Name one module: got also '${rest.join("' '")}' (the input is named by --input)`);
  }
  const input = fileOf(flags, 'input');
  const rate = flags.text('rate');
  return {
    module,
    exportName: flags.text('export'),
    input,
    output: fileOf(flags, 'output'),
    errors: flags.text('errors'),
    format: formatOf(flags, input),
    threads: integerOf(flags, 'threads', 1),
    concurrency: integerOf(flags, 'concurrency', 1) ?? 1,
    interval: rate === undefined ? undefined : parseRate(rate),
    retry: integerOf(flags, 'retry', 0) ?? 0,
    timeout: integerOf(flags, 'timeout', 1),
    ordered: flags.has('ordered'),
    maxErrors: maxErrorsOf(flags),
    skip: integerOf(flags, 'skip', 0) ?? 0,
    progress: !flags.has('no-progress'),
    quiet: flags.has('quiet'),
  };
}

/** `-` is the standard stream. */
function fileOf(flags: ParsedFlags, name: string): string | undefined {
  const path = flags.text(name);
  return path === '-' ? undefined : path;
}

function formatOf(flags: ParsedFlags, input: string | undefined): FormatName {
  const format = flags.text('format');
  if (format === undefined) return formatOfFile(input);
  if (format === 'ndjson' || format === 'lines') return format;
  throw new UsageError(`Option --format takes 'ndjson' or 'lines': got '${format}'`);
}

function integerOf(flags: ParsedFlags, name: string, least: number): number | undefined {
  const text = flags.text(name);
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`Option --${name} takes a whole number of at least ${least}: got '${text}'`);
}

function maxErrorsOf(flags: ParsedFlags): number {
  const most = integerOf(flags, 'max-errors', 0);
  if (!flags.has('fail-fast')) return most ?? Number.POSITIVE_INFINITY;
  if (most !== undefined) throw new UsageError('Give --fail-fast or --max-errors: the first means --max-errors 0');
  return 0;
}
