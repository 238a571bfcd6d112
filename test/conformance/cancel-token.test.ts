/** Tokens that are shared with the threads of a pool. */
import { CancelToken, createPool, ManualResetEvent, now, type Pool, waitAny } from 'reveille';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { FEW_THREADS, rejection } from './_pool.ts';

type Tokens = typeof import('./modules/tokens.mjs');

function keep<T extends Disposable>(thing: T): T {
  onTestFinished(() => thing[Symbol.dispose]());
  return thing;
}
/** One for all: each test leaves its thread as it was, but the last. */
const pool: Pool<Tokens> = createPool<Tokens>(new URL('./modules/tokens.mjs', import.meta.url), FEW_THREADS);
afterAll(() => pool.destroy());

test.each(['spin', 'spinOnChild', 'block', 'awaitSignal'] as const)(
  '%s: a thread is told of a cancel, and why',
  async (name) => {
    const [token, started] = [keep(new CancelToken()), keep(new ManualResetEvent())];
    const outcome = pool.run(name, [token, started] as never).then(
      (value: unknown) => value,
      (error: unknown) => error,
    );
    await waitAny([started, outcome]);
    expect(token.cancel(Object.assign(new RangeError('enough'), { code: 'E_ENOUGH' }))).toBe(true);
    expect(await outcome).toMatchObject({ name: 'RangeError', message: 'enough', code: 'E_ENOUGH' });
  },
);

test.each(['spin', 'block'] as const)(
  '%s: a thread keeps to the deadline although this one is blocked',
  async (name) => {
    const [token, started] = [keep(new CancelToken({ deadline: now() + 1_000_000 })), keep(new ManualResetEvent())];
    await pool.ready();
    const child = keep(token.child({ timeout: 30 }));
    const done = pool.run(name, [child, started] as never);
    const outcome = rejection(Promise.resolve(done).then(() => child.throwIfCancelled()));
    // No timer and no message of this thread is served before it is over.
    child.waitSync({ allowBlocking: true });
    expect(await outcome).toMatchObject({ name: 'TimeoutError', code: 'ERR_DEADLINE_EXCEEDED' });
  },
);

test('a cancel in a thread reaches those who wait here, with its reason', async () => {
  const token = keep(new CancelToken());
  const child = keep(token.child());
  const { signal } = child;
  const told = new Promise<unknown>((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));
  expect(await pool.run('cancel', [token, 'the thread said so'])).toBe(true);
  await child.wait();
  expect(child.reason).toBeInstanceOf(RangeError);
  expect(await told).toMatchObject({ message: 'the thread said so', code: 'E_WHY' });
  expect(await pool.run('cancel', [token, 'once more'])).toBe(false);
});

test('a token that went to a thread with every task leaves nothing there', async () => {
  const token = keep(new CancelToken({ timeout: 1_000_000 }));
  for (let i = 0; i < 50; i++) expect(await pool.run('look', [token])).toEqual([false, token.deadline, undefined]);
});

test('a thread that dies while it waits for a token leaves the token usable', async () => {
  const [token, started] = [keep(new CancelToken()), keep(new ManualResetEvent())];
  expect(await rejection(pool.run('dieWaiting', [token, started] as never))).toMatchObject({
    code: 'ERR_THREAD_CRASHED',
  });
  const wait = token.wait();
  token.cancel();
  await wait;
  expect((await pool.run('look', [token]))[0]).toBe(true);
});
