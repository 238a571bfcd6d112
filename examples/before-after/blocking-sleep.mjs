// A pause in a program that also answers others from its event loop: here, a heartbeat.
//
//   before   blocks the thread, as `time.sleep` in an `async def` does: nobody is answered, and nothing says so
//   after    sleepSync refuses where an event loop runs, and names what to await instead
import { sleep, sleepSync } from 'reveille';

const PAUSE_MS = 30;

/** @returns {Promise<{ heartbeats: number, refusal: unknown }>} */
export async function before() {
  return withHeartbeat(async () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    return undefined;
  });
}

/** @returns {Promise<{ heartbeats: number, refusal: unknown }>} */
export async function after() {
  return withHeartbeat(async () => {
    try {
      sleepSync(PAUSE_MS);
      return undefined;
    } catch (error) {
      await sleep(PAUSE_MS);
      return error;
    }
  });
}

/** Counts how often others were answered during `pause`. @param {() => Promise<unknown>} pause */
async function withHeartbeat(pause) {
  let heartbeats = 0;
  const heart = setInterval(() => heartbeats++, PAUSE_MS / 10);
  try {
    return { refusal: await pause(), heartbeats };
  } finally {
    clearInterval(heart);
  }
}
