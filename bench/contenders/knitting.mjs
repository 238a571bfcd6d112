/**
 * knitting, from a checkout that the `--knitting` flag names (https://github.com/mimiMonads/knitting); nothing of it
 * is kept here.
 * Its threads import the file that makes the pool, so the tasks are exported from this one.
 */
import { existsSync } from 'node:fs';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { echo, increment, spin, clock, occupy } from '../tasks/functions.mjs';

export { clock, echo, increment, occupy, spin };

/** Where the runner says the checkout, or what it compiled of it for Node, is. */
const folder = () => process.env['REVEILLE_BENCH_KNITTING'];

/** @type {import('../contract.ts').Contender} */
export const contender = {
  name: 'knitting',
  features: ['copy'],
  refuses({ name, version }) {
    if (folder() === undefined) return 'no checkout given (--knitting)';
    if (name === 'node' && Number.parseInt(version) < 22) return 'needs Node 22';
    return undefined;
  },
  settings: () => [{ label: 'default', options: {} }],
  async open({ threads }) {
    const entry = ['knitting.js', 'knitting.ts'].map((name) => `${folder()}/${name}`).find((path) => existsSync(path));
    const { createPool } = await import(pathToFileURL(String(entry)).href);
    const pool = createPool({ threads })({ clock, echo, increment, occupy, spin });
    return {
      ready: async () => void (await pool.call.increment(1)),
      bind: (task) => pool.call[task],
      close: () => pool.shutdown(),
    };
  },
};
