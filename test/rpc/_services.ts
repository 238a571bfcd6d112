/** Services that are gone when their test is over. */
import process from 'node:process';
import { onTestFinished } from 'vitest';
import { proxy, RpcService, type RpcServiceOptions, type ServiceState } from 'reveille/rpc';
import { scaled } from '../support/scale.ts';
import type Prices from './_service.mjs';

// The services of the tests need no loader, which would take as long as all else that a process starts with.
process.execArgv.splice(0);

/** Whether there is time for everything. */
export const isFull: boolean = scaled(10) === 10;

export const MODULE: URL = new URL('./_service.mjs', import.meta.url);
export type Host = 'inline' | 'thread' | 'process';

/**
 * Where a scenario is played: in every place, or, where there is little time (see scale.ts), in this thread and in one
 * other place.
 */
export function hosts(other: 'thread' | 'process'): readonly Host[] {
  return isFull ? ['inline', 'thread', 'process'] : ['inline', other];
}

/** The same for what cannot happen in this thread. */
export function hostsApart(one: 'thread' | 'process'): ReadonlyArray<'thread' | 'process'> {
  return isFull ? ['thread', 'process'] : [one];
}

/** A service that is yet to be started. */
export function service(options: Partial<RpcServiceOptions> & { readonly host: Host }): RpcService<Prices> {
  const made = new RpcService<Prices>({
    name: 'prices',
    module: MODULE,
    health: false,
    restart: { baseDelay: 0 },
    ...options,
  });
  onTestFinished(async () => void (await made.shutdown({ timeout: 0 })));
  return made;
}

export async function started(
  options: Partial<RpcServiceOptions> & { readonly host: Host },
): Promise<RpcService<Prices>> {
  const made = service(options);
  await made.start();
  return made;
}

/** Its states from now on. */
export function statesOf(of: RpcService<Prices>): ServiceState[] {
  const states: ServiceState[] = [];
  of.addEventListener('statechange', ({ state }) => states.push(state));
  return states;
}

/** Resolves once it is, or comes to be, in that state. */
export function inState(of: RpcService<Prices>, state: ServiceState): Promise<void> {
  if (of.state === state) return Promise.resolve();
  return new Promise((resolve) => {
    const look = (): void => {
      if (of.state !== state) return;
      of.removeEventListener('statechange', look);
      resolve();
    };
    of.addEventListener('statechange', look);
  });
}

/** What a promise rejects with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<Error & { readonly cause?: unknown }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('Expected a rejection');
}

/** A call that is under way until it is let go. */
export interface HeldCall {
  readonly answer: Promise<unknown>;
  letGo(): void;
}

/** Calls, and resolves once the service has it. */
export async function holdCall(of: Pick<RpcService<Prices>, 'remote'>): Promise<HeldCall> {
  let letGo!: () => void;
  let isThere!: () => void;
  const gone = new Promise<void>((resolve) => (letGo = resolve));
  const there = new Promise<void>((resolve) => (isThere = resolve));
  const wait = (): Promise<void> => {
    isThere();
    return gone;
  };
  const answer = of.remote.held(proxy(wait) as never) as Promise<unknown>;
  answer.catch(() => {});
  await there;
  return { answer, letGo };
}

/** What a promise resolves to, or rejects with. */
export function outcome(promise: PromiseLike<unknown>): PromiseLike<unknown> {
  return promise.then(
    (value) => value,
    (error: unknown) => error,
  );
}
