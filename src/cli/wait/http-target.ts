import { DeadlineExceededError } from '../../errors.ts';
import { waitWithin } from '../../pacing/timeout.ts';
import { type Look, Lookout } from '../../process/lookout.ts';
import { reasonOf } from '../../process/port-connection.ts';
import { type Target, watchFrom } from './target.ts';

/** A server that takes the request and does not answer is asked again then. */
const ATTEMPT_MS = 5_000;
/** Longer than those for a port: a request is work for the server. */
const PAUSES = { first: 1, longest: 250 };

/** `http://...`: the answer's status is one of 200 to 299, after redirects. */
export function httpTarget(text: string, url: URL): Target {
  return {
    text,
    wait: (limits) =>
      watchFrom(
        new Lookout(
          text,
          (signal) => lookAt(url, signal),
          () => PAUSES,
        ),
        limits,
      ),
  };
}

async function lookAt(url: URL, signal: AbortSignal): Promise<Look<true>> {
  try {
    return await waitWithin((end) => request(url, end), { signal, timeout: ATTEMPT_MS }, `GET ${url.href}`);
  } catch (error) {
    signal.throwIfAborted();
    const isLate = error instanceof DeadlineExceededError;
    return { lacks: isLate ? `did not answer within ${ATTEMPT_MS / 1_000} s` : failureOf(error) };
  }
}

async function request(url: URL, signal: AbortSignal): Promise<Look<true>> {
  const response = await fetch(url, { signal });
  const { ok, status } = response;
  // Unread, it would hold the connection.
  await response.body?.cancel();
  return ok ? { found: true } : { lacks: `answered with status ${status}` };
}

/** Node has the system's error as the cause, Bun a code of its own, Deno a text. */
function failureOf(error: unknown): string {
  const { cause, code } = error as { readonly cause?: unknown; readonly code?: unknown };
  const isRefused = code === 'ConnectionRefused' || /connection refused/i.test(`${error} ${cause}`);
  return reasonOf(isRefused ? { code: 'ECONNREFUSED' } : (cause ?? error));
}
