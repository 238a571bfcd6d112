/** A `Runtime` for code under test: its timers and its clock are the search's. Import it first in a scenario. */
import { installRuntime, type Runtime, type Timer } from '../../src/runtime.ts';

const refuse = (): never => {
  throw new Error('A scenario starts no threads and loads no modules');
};

const modelRuntime: Runtime = {
  name: 'node',
  threadId: 0,
  parallelism: 2,
  mayBlock: true,
  sharedClockOrigin: true,
  terminationIsProof: true,
  channelEndIsTold: true,
  webSocketWaits: false,
  now: () => performance.now(),
  setTimer: (callback, ms): Timer => {
    const timer = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(timer) };
  },
  onBeforeExit: () => {},
  onSignal: () => () => {},
  exit: refuse,
  activeResources: () => [],
  keepAlive: () => ({ hold: () => {}, release: () => {} }),
  defer: (callback) => void setImmediate(callback),
  asyncContext: () => ({ run: (_value, callback) => callback(), get: () => undefined }),
  resolveModule: refuse,
  spawn: refuse,
  commandFor: refuse,
  prepareForTermination: () => Promise.resolve(true),
  host: undefined,
};

installRuntime(modelRuntime);
