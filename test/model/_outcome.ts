/** What scenarios say of how a wait ended, and who makes good what a death leaves. */
import { Arena } from '../../src/memory/arena.ts';
import { forgetThread } from '../../src/signal/forget-thread.ts';
import type { ThreadContext } from './scenario.ts';

/** 'over', or the name of the error. */
export async function outcomeOf(wait: Promise<unknown>): Promise<string> {
  return await wait.then(
    () => 'over',
    (error: Error) => error.name,
  );
}

/** Makes good the first death; resolves to whether there was one. */
export async function bury({ buffer, nextDeath }: ThreadContext<unknown, unknown>): Promise<boolean> {
  const dead = await nextDeath();
  if (dead !== undefined) forgetThread(Arena.attach(buffer), dead);
  return dead !== undefined;
}
