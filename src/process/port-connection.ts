/** Connects to a port, to find out whether somebody listens there, or to learn when he no longer does. */
import { connect, type Socket } from 'node:net';
import { type Deadline, deadlines } from '../signal/deadlines.ts';

/** "localhost" may stand for one of them only, while the server listens on the other. */
const LOOPBACK: readonly string[] = ['127.0.0.1', '::1'];
/** Names and addresses that mean: this machine. */
const THIS_MACHINE = ['localhost', '0.0.0.0', '::'];
const FORBIDDEN = ['EACCES', 'EPERM'];

/** What is connected to for a host. */
function addressesOf(host: string | undefined): readonly string[] {
  return host === undefined || THIS_MACHINE.includes(host) ? LOOPBACK : [host];
}

/**
 * Connects to the first address of the host that answers. Whoever gets the socket has to destroy it.
 *
 * @param limit - milliseconds after which an attempt counts as failed: a packet that a firewall drops is answered by
 *   nobody
 * @throws the system's error of the first address if none answers, the signal's reason
 */
export async function connectTo(
  port: number,
  host: string | undefined,
  signal: AbortSignal | undefined,
  limit: number = Infinity,
): Promise<Socket> {
  signal?.throwIfAborted();
  const attempts = addressesOf(host).map((address) => new Attempt(port, address, limit));
  const abort = (): void => attempts.forEach((attempt) => attempt.giveUp(signal?.reason));
  signal?.addEventListener('abort', abort);
  try {
    const socket = await Promise.any(attempts.map(({ connected }) => connected));
    signal?.throwIfAborted();
    for (const attempt of attempts) if (attempt.socket !== socket) attempt.giveUp(undefined);
    return socket;
  } catch (error) {
    for (const attempt of attempts) attempt.giveUp(error);
    throw signal?.aborted === true ? signal.reason : firstOf(error);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** One address. */
class Attempt {
  readonly socket: Socket;
  readonly connected: Promise<Socket>;
  #reject!: (error: unknown) => void;
  #deadline: Deadline | undefined;

  constructor(port: number, address: string, limit: number) {
    // Half-open: whoever is hung up on decides himself how to answer that.
    const socket = connect({ port, host: address, allowHalfOpen: true });
    this.socket = socket;
    this.connected = new Promise((resolve, reject) => {
      this.#reject = reject;
      // For good: what a socket that nobody needs any more comes to must not end the process.
      socket.on('error', (error) => this.giveUp(error));
      socket.once('connect', () => {
        if (isOwnEcho(socket)) {
          // Closed in good order, it would keep the port for another minute from servers without SO_REUSEADDR.
          socket.resetAndDestroy();
          return this.giveUp(ownEcho(port));
        }
        this.#deadline?.cancel();
        resolve(socket);
      });
    });
    if (limit === Infinity) return;
    const time = deadlines();
    this.#deadline = time.add(time.now() + limit, () => {
      this.giveUp(systemError('ETIMEDOUT', `connect ETIMEDOUT ${address}:${port}: no answer within ${limit} ms`));
    });
  }

  giveUp(why: unknown): void {
    this.#deadline?.cancel();
    this.#reject(why);
    this.socket.destroy();
  }
}

/**
 * Whether the socket is connected to itself. A client gets its own port from the range in which servers of tests lie,
 * too; if it is the very port that it asks for, TCP's simultaneous open connects it with itself
 * (https://www.rfc-editor.org/rfc/rfc9293#section-3.5). Once in 28,000 times on Linux, which who asks again and again
 * does come to: it would report a server that is not there, and keep its port from it.
 */
export function isOwnEcho(socket: Socket): boolean {
  return socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
}

function ownEcho(port: number): Error {
  return systemError('ECONNREFUSED', `connect ECONNREFUSED: port ${port} was given to this very connection`);
}

function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function firstOf(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error;
  // Where there is no IPv6, the other address says more.
  return (error.errors as unknown[]).find((each) => codeOf(each) !== 'EADDRNOTAVAIL') ?? error;
}

/** Whether trying again cannot help: this process may not connect. (Deno's permissions have a name and no code.) */
export function isForbidden(error: unknown): boolean {
  const { name } = error as { readonly name?: unknown };
  return FORBIDDEN.includes(codeOf(error)) || name === 'NotCapable' || name === 'PermissionDenied';
}

/** Why a connection failed, as the end of a sentence about the port. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return 'refused the connection';
  if (code === 'ETIMEDOUT') return 'did not answer the connection';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `has a host name without an address (${code})`;
  return `could not be connected to (${code === '' ? String(error) : code})`;
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
}
