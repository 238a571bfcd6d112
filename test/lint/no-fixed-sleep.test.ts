import { tester } from './_rule-tester.ts';
import rule from './no-fixed-sleep.mjs';

const errors = [{ messageId: 'sleep' }];

tester.run('no-fixed-sleep', rule, {
  valid: [
    // A deadline rejects; only a sleep resolves.
    'await new Promise((resolve, reject) => { const timer = setTimeout(() => reject(new Error()), 5); on(resolve); });',
    'await new Promise((resolve) => child.once("exit", resolve));',
    'await once(child, "exit");',
    'setTimeout(() => controller.abort(), 5);',
    'import { setTimeout as later } from "node:timers";',
    'Atomics.wait(words, 0, 0, 10_000);',
    'await sleep(interval, { signal });',
    'scheduler.yield();',
    'new Promise((resolve) => { setTimeout(() => other.resolve(), 5); emitter.on("x", resolve); });',
  ],
  invalid: [
    { code: 'await new Promise((resolve) => setTimeout(resolve, 50));', errors },
    { code: 'await new Promise<void>((done) => { setTimeout(done, 50); });', errors },
    { code: 'await new Promise(function (resolve) { globalThis.setTimeout(() => resolve(1), 50); });', errors },
    { code: 'new Promise((resolve) => { setTimeout(() => { log(); resolve(); }, 50); });', errors },
    { code: 'import { setTimeout } from "node:timers/promises";', errors },
    { code: 'import * as timers from "timers/promises";', errors },
    { code: 'const { setTimeout } = await import("node:timers/promises");', errors },
    { code: 'const { setTimeout } = require("timers/promises");', errors },
    { code: 'export { setTimeout } from "node:timers/promises";', errors },
    { code: 'await scheduler.wait(10);', errors },
    { code: 'const sleep = util.promisify(setTimeout);', errors },
    { code: 'await Bun.sleep(10); Bun.sleepSync(10);', errors: [...errors, ...errors] },
    { code: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);', errors },
    { code: 'await sleep(100);', errors },
    { code: 'sleepSync(100);', errors },
    { code: 'await delay(1_000);', errors },
  ],
});
