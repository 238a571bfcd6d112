/**
 * Tokens as AbortSignals: one per token in each thread, however many objects stand for the token there, so that a token
 * that comes with every task leaves one waiter in the thread and not one per task.
 */
import type { Primitive } from '../signal/primitive.ts';
import { Wait } from '../signal/wait.ts';
import { waitInLoop } from '../signal/waiting.ts';

/** What a signal follows. */
interface Token extends Primitive {
  readonly isCancelled: boolean;
  readonly reason: unknown;
}

interface View {
  readonly generation: number;
  readonly signal: AbortSignal;
}

/** By the token's offset: this thread waits in one arena only. */
const views = new Map<number, View>();

/** The signal of `token` in this thread. */
export function signalOf(token: Token): AbortSignal {
  const { handle, generation } = token;
  if (token.isCancelled) return AbortSignal.abort(token.reason);
  const known = views.get(handle.offset);
  if (known?.generation === generation) return known.signal;
  const controller = new AbortController();
  const view: View = { generation, signal: controller.signal };
  views.set(handle.offset, view);
  void follow(token, controller).finally(() => {
    if (views.get(handle.offset) === view) views.delete(handle.offset);
  });
  return view.signal;
}

/** Aborts once the token is cancelled, in the same turn as everyone else is told; gives up when it is disposed. */
async function follow(token: Token, controller: AbortController): Promise<void> {
  const abort = (): void => controller.abort(token.reason);
  for (let links = Infinity; !token.isDisposed;) {
    const wait = new Wait();
    token.addTo(wait, 0);
    const isFewer = wait.waiters.length < links;
    links = wait.waiters.length;
    const outcome = waitInLoop(wait, 'CancelToken.signal', { ref: false }, abort);
    // An ancestor that was disposed ends the wait, but the rest still counts: once more, with one fewer.
    await outcome.catch((error: unknown) => {
      if (!isFewer && !token.isDisposed) throw error;
    });
    if (controller.signal.aborted) return;
  }
}
