/** A thread that loads nothing of the package but `reveille/rpc`. */
import { workerData } from 'node:worker_threads';
import { expose } from 'reveille/rpc';

expose({ proxy: () => new Proxy([], {}) }, workerData);
