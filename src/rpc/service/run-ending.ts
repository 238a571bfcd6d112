/**
 * How a run of a service is brought to its end, in a time that is bounded whatever it does:
 *
 *     drain ──> stop ──> leave ──> exited ──> the address is free
 *       └────────┴──────────┴──── kill ──┘       each has its share of the time; killed is what has used it up
 */
import { rm } from 'node:fs/promises';
import { fromErrorRecord } from '../../channel/codec/error-record.ts';
import { runWithin, waitWithin } from '../../pacing/timeout.ts';
import { waitForPortRelease } from '../../process/wait-for-port-release.ts';
import { deadlines } from '../../signal/deadlines.ts';
import { timeoutError } from '../../signal/wait-options.ts';
import type { SocketAddress } from '../socket-address.ts';
import { nothingRan, type RunEnding, type StopOutcome } from './service-report.ts';
import type { DrainOutcome } from './service-control.ts';
import type { ServiceRun } from './service-run.ts';
import { isSocketServed } from './socket-path.ts';

/** How it is ended. */
export interface EndOptions {
  /** Milliseconds until it is killed. */
  readonly timeout: number;
  /** Has it killed at once, when it is aborted. */
  readonly hurry: AbortSignal;
  /** Where it listens. */
  readonly address: SocketAddress | undefined;
}

/** Shares of the time: for calls that are under way, and for the service's own `stop`. The rest is to end in. */
const DRAIN = 0.6;
const STOP = 0.2;
/** Milliseconds from the end of a connection to that of its thread or process, if that is why it has ended. */
const EXIT_MS = 100;
/** Milliseconds in which what was killed is gone. */
const KILL_PATIENCE_MS = 3_000;

/** Ends a run that was ready. Never rejects. */
export async function endRun(run: ServiceRun, options: EndOptions): Promise<RunEnding> {
  const ending = nothingRan();
  ending.end = await endWithin(run, options, ending);
  ending.released = await releasedAddress(options.address);
  return ending;
}

/** Kills a run that has not come up. Resolves once it is gone, or to `stuck`. Never rejects. */
export async function killRun(run: ServiceRun): Promise<RunEnding['end']> {
  run.kill();
  return (await isGoneWithin(run, KILL_PATIENCE_MS)) ? 'killed' : 'stuck';
}

async function endWithin(run: ServiceRun, options: EndOptions, ending: RunEnding): Promise<RunEnding['end']> {
  const until = deadlines().now() + options.timeout;
  const end = new EndingRun(run, options, until);
  try {
    const { drained, left } = await end.ask<DrainOutcome>(DRAIN, (ms) => run.control.drain(ms));
    Object.assign(ending, { drained, cutOff: left });
    const { outcome, error } = await end.ask<StopResult>(STOP, (ms) => run.control.stop(ms));
    ending.stop = outcome;
    if (error !== undefined) ending.stopError = fromErrorRecord(error);
  } catch {
    if (await end.hasExited()) return 'crashed';
    ending.stop = 'hung';
    return await killRun(run);
  }
  void Promise.resolve(run.control.leave()).catch(() => {});
  if (await isGoneWithin(run, until - deadlines().now(), options.hurry)) return end.isInline ? 'released' : 'exited';
  return await killRun(run);
}

interface StopResult {
  readonly outcome: StopOutcome;
  readonly error?: unknown;
}

class EndingRun {
  readonly isInline: boolean;
  readonly #run: ServiceRun;
  readonly #options: EndOptions;
  readonly #until: number;
  #exited = false;

  constructor(run: ServiceRun, options: EndOptions, until: number) {
    this.#run = run;
    this.#options = options;
    this.#until = until;
    this.isInline = run.place === 'inline';
    void run.exited.then(() => (this.#exited = true));
  }

  /** Asks for something that takes a share of the time at most. One that gives no answer uses up all of it. */
  ask<T>(share: number, question: (ms: number) => PromiseLike<unknown>): Promise<T> {
    const { timeout, hurry } = this.#options;
    return runWithin(
      () => question(timeout * share) as PromiseLike<T>,
      { time: deadlines(), until: this.#until, signal: hurry, ref: true },
      () => timeoutError('The answer', timeout),
    );
  }

  /** Its connection may have ended just before itself did. */
  async hasExited(): Promise<boolean> {
    if (this.#exited || this.#options.hurry.aborted) return this.#exited;
    return await isGoneWithin(this.#run, Math.min(EXIT_MS, this.#until - deadlines().now()), this.#options.hurry);
  }
}

async function isGoneWithin(run: ServiceRun, ms: number, signal?: AbortSignal): Promise<boolean> {
  try {
    await waitWithin(() => run.exited, { timeout: Math.max(0, ms), signal }, 'Its end');
    return true;
  } catch {
    return false;
  }
}

/** Nobody is left who had it: others can have it, once the system agrees. */
export async function releasedAddress(address: SocketAddress | undefined): Promise<string | undefined> {
  if (address?.path !== undefined) return await releasedPath(address.path);
  if (address?.port === undefined) return undefined;
  const { port, host } = address;
  try {
    await waitForPortRelease(port, { host, timeout: KILL_PATIENCE_MS });
    return `${host ?? ''}:${port}`;
  } catch {
    return undefined;
  }
}

/** What was killed leaves its file. */
async function releasedPath(path: string): Promise<string | undefined> {
  try {
    if (await isSocketServed(path)) return undefined;
    await rm(path, { force: true });
    return path;
  } catch {
    return undefined;
  }
}
