/** A service that writes down when its process has given back the port. */
import { writeFileSync } from 'node:fs';
import { Server } from 'node:net';
import { now } from './wall-clock.mjs';

export default class PortNotingService {
  /** @param {string} file */
  constructor(file) {
    const { close } = Server.prototype;
    Server.prototype.close = function (/** @type {((error?: Error) => void) | undefined} */ listener) {
      const server = close.call(this, listener);
      writeFileSync(file, String(now()));
      return server;
    };
  }

  ping() {
    return 'pong';
  }
}
