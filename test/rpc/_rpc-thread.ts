/** What threads do in the tests of remote objects between threads. */
import process from 'node:process';
import { parentPort, workerData } from 'node:worker_threads';
import { allowTermination } from 'reveille';
import { type Endpoint, expose, proxy, wrap } from 'reveille/rpc';

/** The service of a thread. */
export interface Service {
  add(a: number, b: number): number;
  never(): Promise<never>;
  exit(): void;
  fail(): Promise<never>;
  count(n: number): AsyncGenerator<number>;
  callBack(callback: (n: number) => Promise<number>): Promise<number>;
}

export interface Part {
  /** `expose`: offers the service. `call`: uses the service of the other side, then says what came of it. */
  readonly does: 'expose' | 'call';
  /** Without one: the thread's `parentPort`. */
  readonly endpoint?: Endpoint;
  /** It will be terminated again and again: it agrees to that, and so does not end by itself on Deno. */
  readonly isKilled?: boolean;
}

const service: Service = {
  add: (a, b) => a + b,
  never: () => new Promise(() => {}),
  exit: () => process.exit(3),
  fail() {
    queueMicrotask(() => {
      throw new Error('on purpose');
    });
    return new Promise(() => {});
  },
  async *count(n) {
    for (let i = 0; i < n; i++) yield await Promise.resolve(i);
  },
  callBack: async (callback) => (await callback(20)) + 1,
};

const { does, endpoint = parentPort as Endpoint, isKilled = false } = workerData as Part;
if (does === 'expose') {
  // On Deno, the place of a thread that is ended is free again only if it has agreed to that.
  if (isKilled) await allowTermination();
  expose(service, endpoint);
} else {
  const remote = wrap<Service>(endpoint);
  const items = [];
  for await (const item of await remote.count(100)) items.push(item);
  const sums = await Promise.all(Array.from({ length: 500 }, (_, i) => remote.add(i, 1)));
  const called = await remote.callBack(proxy((n: number) => Promise.resolve(n * 2)) as never);
  parentPort?.postMessage([items.length, sums.at(-1), called]);
}
