/** Servers and processes that listen, which are gone when the test is over. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface Listening {
  readonly server: Server;
  readonly port: number;
  /** Hangs up, and no longer listens. */
  close(): Promise<void>;
}

/** A server in this process. */
export async function listen(
  host?: string,
  port = 0,
  onConnection: (socket: Socket) => void = () => {},
): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    onConnection(socket.resume());
  });
  server.listen({ port, ...(host === undefined ? {} : { host }) });
  await once(server, 'listening');
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    return closed;
  };
  onTestFinished(close);
  return { server, port: (server.address() as AddressInfo).port, close };
}

/** A port on which nobody listens, as far as one can know. */
export async function unusedPort(): Promise<number> {
  const { port, close } = await listen();
  await close();
  return port;
}

export interface ListeningProcess {
  readonly child: ChildProcess;
  readonly port: number;
  readonly exited: Promise<unknown>;
}

/** A process that listens. */
export async function listeningProcess(): Promise<ListeningProcess> {
  const flags = 'Deno' in globalThis ? ['run', '-A'] : [];
  const script = fileURLToPath(new URL('_listener.mjs', import.meta.url));
  const child = spawn(process.execPath, [...flags, script], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const [said] = (await once(child.stdout, 'data')) as [Uint8Array];
  return { child, port: Number(new TextDecoder().decode(said)), exited };
}
