/** The ways in which a process says that it can be used. */
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { NotReadyError } from '../errors.ts';
import { HealthPoll } from '../lifecycle/health-poll.ts';
import { checkCallback } from '../pacing/option-checks.ts';
import { limitsOf } from '../pacing/interruption.ts';
import { runWithin, waitWithin } from '../pacing/timeout.ts';
import { describe } from '../signal/wait-options.ts';
import type { OutputLog } from './output-log.ts';
import { lastOutput } from './process-exit.ts';
import { checkHost, checkPort } from './port-options.ts';
import { waitForPortListen } from './wait-for-port-listen.ts';

/**
 * How a process says that it can be used, best first:
 *
 * - `ipc`: by its first message (`process.send('ready')` on Node, Deno and Bun)
 * - `line`: by a line that it writes
 * - `port`: by accepting connections
 * - `http`: by answering, with a status from 200 to 399 unless told
 * - a function that finds it out: called until it returns true
 *
 * A port or URL is asked by connecting to it, first after 1 ms and at most every 50 ms: it tells that somebody listens,
 * not who. Where a stranger may hold the port, prefer the first two.
 */
export type ReadyWhen =
  | 'ipc'
  | { readonly line: RegExp; readonly stream?: 'stdout' | 'stderr' | undefined }
  | { readonly port: number; readonly host?: string | undefined }
  | { readonly http: string | URL; readonly status?: number | ((status: number) => boolean) | undefined }
  | ((signal: AbortSignal) => PromiseLike<boolean> | boolean);

/** What a process that is not ready yet is watched by. */
export interface Watchable {
  /** Resolves once it runs. */
  readonly spawned: Promise<void>;
  /** Resolves at its first message. */
  readonly messaged: Promise<void>;
  readonly logs: { readonly stdout: OutputLog; readonly stderr: OutputLog; readonly last: OutputLog };
}

/** A wait for readiness. */
interface Readiness {
  readonly passed: Promise<unknown>;
  /** What has been seen, or has not, in words. */
  seen(): string;
}

/** An answer that takes longer counts as none: what accepts connections before it serves them may forget one. */
const HTTP_ATTEMPT_MS = 5_000;

/**
 * Resolves once `run` can be used.
 *
 * @throws {NotReadyError} after `readyTimeout` milliseconds, with what was seen; the signal's reason
 */
export async function untilReady(
  run: Watchable,
  settings: { readonly name: string; readonly ready: ReadyWhen | undefined; readonly readyTimeout: number },
  signal: AbortSignal,
): Promise<void> {
  const { name, ready, readyTimeout } = settings;
  // Ends what still watches once one thing is ready.
  const over = new AbortController();
  // From the start: what it writes first may not be kept for long. What others say of it counts only if it runs.
  const readiness = ready === undefined ? undefined : watchReadiness(ready, run, over.signal);
  const isReady = (): Promise<unknown> => Promise.all([run.spawned, readiness?.passed]);
  const late = (): Error => {
    const seen = readiness?.seen() ?? 'it does not run yet';
    return new NotReadyError(
      `Process ${name} is not ready after ${readyTimeout} ms: ${seen}${lastOutput(run.logs.last.tail)}`,
    );
  };
  try {
    await runWithin(isReady, limitsOf({ signal, timeout: readyTimeout, ref: false }), late);
  } finally {
    over.abort();
  }
}

function watchReadiness(ready: ReadyWhen, run: Watchable, signal: AbortSignal): Readiness {
  if (ready === 'ipc') return { passed: run.messaged, seen: () => 'it has sent no message' };
  if (typeof ready === 'function') return poll(() => ready(signal), signal);
  if ('line' in ready) return watchLines(ready, run, signal);
  if ('http' in ready) return poll(() => askHttp(ready.http, ready.status ?? isFine, signal), signal);
  const { port, host } = ready;
  const passed = waitForPortListen(port, { host, signal });
  return { passed, seen: () => `nobody listens on ${host ?? 'localhost'}:${port}` };
}

/** @throws {TypeError} or RangeError that names the option, what it got and what it takes. */
export function checkReady(ready: ReadyWhen): void {
  if (ready === 'ipc' || typeof ready === 'function') return;
  const takes = "'ipc', { line }, { port }, { http } or a function";
  if (typeof ready !== 'object' || ready === null) {
    throw new TypeError(`Expected option 'ready' to be ${takes}, got ${describe(ready)}`);
  }
  if ('line' in ready) return checkLine(ready.line, ready.stream);
  if ('http' in ready) return checkHttp(ready.http, ready.status);
  if (!('port' in ready)) throw new TypeError(`Expected option 'ready' to be ${takes}, got an object without them`);
  checkPort(ready.port, 'ready.port');
  checkHost(ready.host, 'ready.host');
}

function checkLine(line: unknown, stream: unknown): void {
  if (!(line instanceof RegExp)) {
    throw new TypeError(`Expected option 'ready.line' to be a regular expression, got ${describe(line)}`);
  }
  if (stream === undefined || stream === 'stdout' || stream === 'stderr') return;
  throw new TypeError(`Expected option 'ready.stream' to be 'stdout' or 'stderr', got ${describe(stream)}`);
}

function checkHttp(http: unknown, status: unknown): void {
  const protocol = URL.canParse(String(http)) ? new URL(String(http)).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new TypeError(`Expected option 'ready.http' to be an http: or https: URL, got ${describe(http)}`);
  }
  if (typeof status !== 'number') checkCallback('ready.status', status);
}

function poll(look: () => unknown, signal: AbortSignal): Readiness {
  const health = new HealthPoll(look);
  signal.addEventListener('abort', () => health.stop());
  return { passed: health.passed, seen: () => health.seen };
}

function watchLines(
  { line, stream }: { readonly line: RegExp; readonly stream?: 'stdout' | 'stderr' | undefined },
  { logs }: Watchable,
  signal: AbortSignal,
): Readiness {
  const streams = stream === undefined ? [logs.stdout, logs.stderr] : [logs[stream]];
  const passed = Promise.any(streams.map((each) => each.matchInRun(line, signal)));
  return { passed, seen: () => `it has written no line that matches ${String(line)}` };
}

function isFine(status: number): boolean {
  return status >= 200 && status < 400;
}

async function askHttp(
  url: string | URL,
  wanted: number | ((status: number) => boolean),
  signal: AbortSignal,
): Promise<void> {
  const ask = (stop: AbortSignal): Promise<number> => statusOf(new URL(url), stop);
  const status = await waitWithin(ask, { signal, timeout: HTTP_ATTEMPT_MS, ref: false }, `GET ${String(url)}`);
  const isWanted = typeof wanted === 'number' ? status === wanted : wanted(status);
  if (!isWanted) throw new Error(`GET ${String(url)} was answered with status ${status}`);
}

function statusOf(url: URL, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const get = url.protocol === 'https:' ? getHttps : getHttp;
    // A connection of its own, closed after the answer: nothing is left that would hold a server's shutdown up.
    const request = get(url, { agent: false }, (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    const stop = (): void => void request.destroy(new Error('The attempt was given up'));
    signal.addEventListener('abort', stop);
    request.on('error', reject);
    request.on('close', () => signal.removeEventListener('abort', stop));
  });
}
