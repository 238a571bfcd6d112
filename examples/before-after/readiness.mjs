// A server that takes some time to start, and a first request.
//
//   before   server.start(); sleep(100): as slow as that each time, and wrong on the day on which it takes longer
//   after    startWithReadiness: goes on when the server says that it listens, and names what is missing if it does not
import { setTimeout as sleep } from 'node:timers/promises';
import { startWithReadiness } from 'reveille';

/** Starts a server that listens once `boot` has resolved. @param {() => Promise<unknown>} boot */
function startServer(boot) {
  const server = {
    isListening: false,
    listening: boot().then(() => void (server.isListening = true)),
    request() {
      if (!server.isListening) throw new Error('connection refused');
      return 'hello';
    },
  };
  return server;
}

/** @param {() => Promise<unknown>} boot @returns {Promise<string>} */
export async function before(boot) {
  const server = startServer(boot);
  await sleep(100);
  return server.request();
}

/** @param {() => Promise<unknown>} boot @param {number} [timeout] @returns {Promise<string>} */
export async function after(boot, timeout = 10_000) {
  const server = await startWithReadiness(() => startServer(boot), {
    name: 'server',
    ready: ({ listening }) => listening,
    timeout,
  });
  return server.request();
}
