/**
 * Finds out whether a port can be listened on, by doing so for a moment: nothing else knows of every way in which it
 * may be taken (a server, a client's own end, an address of the other family).
 *
 * Which address to ask for decides whether the answer is true. On Linux a server at any one address is in the way of
 * the dual-stack wildcard (`::` without IPV6_V6ONLY), so that one question covers all. A single address does not: while
 * `::1` is taken, 127.0.0.1 and 0.0.0.0 can be had, and the other way round. Elsewhere the wildcard and a single
 * address can be bound side by side, and so the loopback addresses are asked for too.
 */
import { lookup } from 'node:dns/promises';
import { createServer, isIP } from 'node:net';
import { platform } from 'node:os';

/** The wildcard; Node, Deno and Bun take none for `::`, or for 0.0.0.0 where there is no IPv6. */
const ANY = undefined;
const EVERYWHERE: readonly (string | undefined)[] =
  platform() === 'linux' ? [ANY] : [ANY, '0.0.0.0', '127.0.0.1', '::1'];
/** This machine has no such address, so nobody can have the port there. */
const NO_SUCH_ADDRESS = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'];

/** The last probe of each port in this thread: two at once would find each other. */
const turns = new Map<number, Promise<unknown>>();

/**
 * Whether a server could listen on the port now, at every address of the host. When it resolves, the port is as it was.
 *
 * @throws the system's error if the port is refused for another reason than that somebody has it, such as EACCES.
 */
export function canBind(port: number, host: string | undefined): Promise<boolean> {
  const turn = (turns.get(port) ?? Promise.resolve()).then(() => canBindEverywhere(port, host));
  const forget = (): void => {
    if (turns.get(port) === done) turns.delete(port);
  };
  const done: Promise<void> = turn.then(forget, forget);
  turns.set(port, done);
  return turn;
}

async function canBindEverywhere(port: number, host: string | undefined): Promise<boolean> {
  for (const address of await addressesOf(host)) {
    if (!(await canBindTo(port, address, host === undefined))) return false;
  }
  return true;
}

async function addressesOf(host: string | undefined): Promise<readonly (string | undefined)[]> {
  if (host === undefined || host === '::') return EVERYWHERE;
  if (isIP(host) !== 0) return [host];
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

function canBindTo(port: number, address: string | undefined, isOptional: boolean): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      const { code = '' } = error;
      if (code === 'EADDRINUSE') resolve(false);
      else if (isOptional && address !== ANY && NO_SUCH_ADDRESS.includes(code)) resolve(true);
      else reject(error);
    });
    // A worker of node:cluster would share the port with its siblings unless it is exclusive.
    server.listen({ port, exclusive: true, ...(address === ANY ? {} : { host: address }) }, () => {
      server.close(() => resolve(true));
    });
  });
}
