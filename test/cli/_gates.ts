/** Holds items in their task until the test lets them go: each running `gated` task is a connection. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export class Gates {
  readonly #server: Server;
  readonly #held = new Map<string, Socket>();
  #onArrival: (() => void) | undefined;

  private constructor() {
    this.#server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (chunk) => {
        this.#held.set(chunk.toString().trim(), socket);
        this.#onArrival?.();
      });
    });
  }

  static async open(): Promise<Gates> {
    const gates = new Gates();
    gates.#server.listen(0, '127.0.0.1');
    await once(gates.#server, 'listening');
    onTestFinished(() => {
      for (const socket of gates.#held.values()) socket.destroy();
      gates.#server.close();
    });
    return gates;
  }

  /** What the command needs in its environment. */
  get env(): Record<string, string> {
    return { REVEILLE_TEST_GATE: String((this.#server.address() as AddressInfo).port) };
  }

  /** Resolves when the items are in their tasks. */
  async arrived(...items: string[]): Promise<void> {
    while (!items.every((item) => this.#held.has(item))) {
      await new Promise<void>((resolve) => (this.#onArrival = resolve));
    }
  }

  /** Lets the items go on. */
  release(...items: string[]): void {
    for (const item of items) this.#held.get(item)?.end('go');
  }
}
