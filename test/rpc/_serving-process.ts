/**
 * Offers a service. By its first argument: `ipc`, to its parent; `tcp` and `ws`, on a port that it tells its parent;
 * else at that path.
 */
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { WebSocketServer } from 'ws';
import { connectParent } from '../../src/rpc/process-connection.ts';
import { expose } from '../../src/rpc/expose.ts';
import { listen } from '../../src/rpc/socket-server.ts';
import { acceptWebSocket, type WebSocketLike } from '../../src/rpc/websocket-connection.ts';
import '../support/install-runtime.ts';

export class Service {
  readonly #secrets = ['secret'];
  readonly fields = new Map([[1, 'one']]);
  injected = (): string => this.#secrets.join();

  add(a: number, b: number): number {
    return a + b;
  }

  hang(): Promise<never> {
    return new Promise(() => {});
  }

  async *count(to: number): AsyncGenerator<number> {
    for (let i = 0; i < to; i++) yield i;
  }

  async callBack(callback: (n: number) => Promise<number>): Promise<number> {
    return (await callback(20)) + 1;
  }

  async whenAborted(signal: AbortSignal): Promise<string> {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return 'aborted';
  }

  fail(): number {
    throw Object.assign(new RangeError('mine'), { code: 'E_MINE', cause: new TypeError('below') });
  }
}

const [place = 'ipc'] = process.argv.slice(2);

if (place === 'ipc') {
  expose(new Service(), await connectParent());
} else if (place === 'ws') {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => {
    void acceptWebSocket(socket as WebSocketLike).then((connection) => expose(new Service(), connection));
  });
  server.once('listening', () => tell((server.address() as AddressInfo).port));
} else {
  const address = place === 'tcp' ? { port: 0 } : { path: place };
  const server = await listen({ ...address, onConnection: (connection) => expose(new Service(), connection) });
  tell(server.port ?? 0);
}

function tell(port: number): void {
  process.send?.({ port });
  process.once('disconnect', () => process.exit());
}
