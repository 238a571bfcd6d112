import { Worker as NodeWorker } from 'node:worker_threads';

const onThreads = { label: 'worker_threads', options: { web: false } };
const onTheWeb = { label: 'web Worker', options: { web: true } };

/**
 * What one writes by hand: workers, a Map of who waits for which answer, and as many messages on the way as there are
 * calls.
 * @type {import('../contract.ts').Contender}
 */
export const contender = {
  name: 'postMessage',
  features: ['copy', 'transfer', 'sharedMemory'],
  refuses: () => undefined,
  settings: (favour, runtime) => (runtime === 'node' || favour === 'plain' ? [onThreads] : [onThreads, onTheWeb]),
  async open({ threads, setting }) {
    /** @type {Map<number, (value: any) => void>} */
    const waiting = new Map();
    let lastId = 0;
    let turn = 0;
    /** @type {((value: unknown) => void)[]} */
    const started = [];
    const starts = Array.from({ length: threads }, () => new Promise((resolve) => void started.push(resolve)));
    /** @param {any} message */
    const receive = (message) => {
      if (message === 'ready') {
        started.pop()?.(undefined);
        return;
      }
      const resolve = waiting.get(message[0]);
      waiting.delete(message[0]);
      resolve?.(message[1]);
    };
    const spawn = setting.options['web'] === true ? spawnOnTheWeb : spawnThread;
    const workers = Array.from({ length: threads }, () => spawn(receive));
    /**
     * @param {string} task
     * @param {unknown} argument
     * @param {ArrayBuffer[]} [transfer]
     * @returns {Promise<any>}
     */
    const call = (task, argument, transfer) =>
      new Promise((resolve) => {
        const id = ++lastId;
        waiting.set(id, resolve);
        turn = turn + 1 === threads ? 0 : turn + 1;
        const worker = workers[turn];
        worker?.post([id, task, argument], transfer);
      });
    return {
      ready: async () => void (await Promise.all(starts)),
      bind: (task) => (argument) => call(task, argument),
      bindTransfer: () => (bytes) => call('echoMoved', bytes, [/** @type {ArrayBuffer} */ (bytes.buffer)]),
      close: async () => void (await Promise.all(workers.map((worker) => worker.terminate()))),
    };
  },
};

/** @param {(message: any) => void} receive */
function spawnThread(receive) {
  const worker = new NodeWorker(new URL('../tasks/post-message.mjs', import.meta.url));
  worker.on('message', receive);
  return {
    post: (/** @type {unknown} */ message, /** @type {ArrayBuffer[] | undefined} */ transfer) =>
      worker.postMessage(message, transfer),
    terminate: () => worker.terminate(),
  };
}

/** @param {(message: any) => void} receive */
function spawnOnTheWeb(receive) {
  const worker = new Worker(new URL('../tasks/post-message-web.mjs', import.meta.url).href, { type: 'module' });
  worker.onmessage = (event) => receive(event.data);
  return {
    post: (/** @type {unknown} */ message, /** @type {ArrayBuffer[] | undefined} */ transfer) => {
      if (transfer === undefined) worker.postMessage(message);
      else worker.postMessage(message, transfer);
    },
    terminate: () => worker.terminate(),
  };
}
