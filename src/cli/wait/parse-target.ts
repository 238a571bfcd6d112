/** Reads a target as it stands on the command line. */
import { UsageError } from '../usage-error.ts';
import { httpTarget } from './http-target.ts';
import { pathTarget } from './path-target.ts';
import { pidTarget } from './pid-target.ts';
import type { Target } from './target.ts';
import { tcpFreeTarget } from './tcp-free-target.ts';
import { tcpTarget } from './tcp-target.ts';

const KINDS: Readonly<Record<string, (text: string, rest: string) => Target>> = {
  tcp: (text, rest) => tcpTarget(text, ...readAddress(text, rest)),
  'tcp-free': (text, rest) => tcpFreeTarget(text, ...readAddress(text, rest)),
  http: (text) => httpTarget(text, readUrl(text)),
  https: (text) => httpTarget(text, readUrl(text)),
  file: (text, rest) => pathTarget(text, readPath(text, rest), 'there'),
  gone: (text, rest) => pathTarget(text, readPath(text, rest), 'gone'),
  pid: (text, rest) => pidTarget(text, readPid(text, rest)),
};
const HIGHEST_PORT = 65_535;
/** The highest that any system gives. */
const HIGHEST_PID = 2 ** 32 - 1;

/** @throws {UsageError} that says what it takes. */
export function parseTarget(text: string): Target {
  const [, kind = '', rest = ''] = /^([a-z-]+):(.*)$/s.exec(text) ?? [];
  const make = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (make !== undefined) return make(text, rest);
  const kinds = 'tcp:HOST:PORT, tcp-free:PORT, http://..., https://..., file:PATH, gone:PATH or pid:N';
  throw new UsageError(`Cannot wait for '${text}': expected ${kinds}`);
}

/** `PORT`, `HOST:PORT` or `[IPv6]:PORT`. */
function readAddress(text: string, rest: string): [port: number, host: string | undefined] {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]+)\]:|([^:]+):)?(\d+)$/.exec(rest) ?? [];
  const port = Number(digits);
  if (port >= 1 && port <= HIGHEST_PORT) return [port, bracketed ?? plain];
  throw new UsageError(`Cannot wait for '${text}': expected a port from 1 to ${HIGHEST_PORT} after an optional HOST:`);
}

function readUrl(text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw new UsageError(`Cannot wait for '${text}': it is no URL`);
}

function readPath(text: string, rest: string): string {
  if (rest !== '') return rest;
  throw new UsageError(`Cannot wait for '${text}': expected a path after it`);
}

function readPid(text: string, rest: string): number {
  const pid = Number(rest);
  if (/^\d+$/.test(rest) && pid >= 1 && pid <= HIGHEST_PID) return pid;
  throw new UsageError(`Cannot wait for '${text}': expected the number of a process`);
}
