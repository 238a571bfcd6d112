import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installElsewhere, runtimes, type Consumer } from './_consumer.ts';

const TASKS = `
import { task, move } from 'reveille/task';
export const double = (value) => value * 2;
export const where = () => task.threadIndex;
export const bytes = (length) => move(new Uint8Array(length).fill(7));
export function fail() { throw new RangeError('no such thing'); }
`;

const MAIN = `
import { createPool, PoolClosedError } from 'reveille';
import * as everything from 'reveille';
const pool = createPool(new URL('./tasks.mjs', import.meta.url), { threads: 2 });
await pool.ready();
const doubled = await Promise.all([1, 2, 3].map((value) => pool.tasks.double(value)));
const bytes = await pool.tasks.bytes(5);
const failure = await pool.tasks.fail().catch((error) => error.name + ': ' + error.message);
const threadIndex = await pool.tasks.where();
const report = await pool.close();
const closed = await pool.tasks.double(1).catch((error) => error instanceof PoolClosedError);
console.log(JSON.stringify({
  doubled, bytes: [...bytes], failure, closed, clean: report.clean,
  threadIndex: [0, 1].includes(threadIndex),
  names: Object.keys(everything).sort(),
  resolved: import.meta.resolve('reveille').split('/reveille/').at(-1),
  worker: import.meta.resolve('reveille/workers/node').split('/reveille/').at(-1),
}));
`;

/** Two threads that look, then take. */
const SCENARIO = `
import { strictEqual } from 'node:assert/strict';
import { scenario } from 'reveille/testing';
const look = ({ local, log }) => {
  if (Atomics.load(local, 0) === 0) log(Atomics.exchange(local, 0, 1));
};
export default scenario({
  memory: 4,
  words: { taken: 0 },
  attach: ({ buffer }) => new Int32Array(buffer),
  threads: [look, look],
  check: ({ log }) => strictEqual(log.filter(({ entry }) => entry === 0).length + log.length, 2),
});
`;

const EXPLORE = `
import { explore, waitForCondition } from 'reveille/testing';
const { failure } = await explore(new URL('./scenario.mjs', import.meta.url));
console.log(await waitForCondition(() => failure.kind));
console.log(failure.trace);
`;

/** What the documentation asks for: reading the package and the task module, and nothing else. */
const LEAST_PERMISSIONS = ['--allow-read=node_modules/reveille,tasks.mjs'];

let consumer: Consumer;
let names: Map<string, string[]>;

beforeAll(async () => {
  names = new Map();
  consumer = await installElsewhere();
  await consumer.write('tasks.mjs', TASKS);
  await consumer.write('main.mjs', MAIN);
  await consumer.write('scenario.mjs', SCENARIO);
  await consumer.write('explore.mjs', EXPLORE);
});

afterAll(() => consumer[Symbol.asyncDispose]());

describe('the package, installed elsewhere', () => {
  test.for(runtimes(LEAST_PERMISSIONS))('runs tasks on %s', async ([name, command]) => {
    const { code, stdout, stderr } = await consumer.run([...command, 'main.mjs']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const said = JSON.parse(stdout) as { names: string[] };
    names.set(name, said.names);
    expect(said).toMatchObject({
      doubled: [2, 4, 6],
      bytes: [7, 7, 7, 7, 7],
      failure: 'RangeError: no such thing',
      closed: true,
      clean: true,
      threadIndex: true,
      resolved: `dist/adapters/${adapterOf(name)}.js`,
      worker: 'dist/workers/node.js',
    });
  });

  test('offers the same names on every runtime', () => {
    expect(new Set([...names.values()].map((list) => list.join(' '))).size).toBe(1);
  });

  test.for(runtimes(['--allow-read=node_modules/reveille,scenario.mjs']))(
    'explores schedules on %s',
    async ([, command]) => {
      const { code, stdout, stderr } = await consumer.run([...command, 'explore.mjs']);
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^error\n[^]*exchange taken \(1\): 1 -> 1 +scenario\.mjs:5\n/);
      expect(code).toBe(0);
    },
  );

  test('on Deno, says which module it may not read', async () => {
    const [, command] = runtimes(['--allow-read=node_modules/reveille']).find(([name]) => name === 'Deno')!;
    const { code, stderr } = await consumer.run([...command, 'main.mjs']);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/tasks\.mjs/);
    expect(stderr).toMatch(/read/i);
  });

  test.for(runtimes())('has a command that says its version on %s', async ([, command]) => {
    const { code, stdout } = await consumer.run([...command, 'node_modules/.bin/reveille', '--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\d+\.\d+\.\d+/);
  });
});

function adapterOf(name: string): string {
  return name === 'Deno' ? 'deno' : name === 'Bun' ? 'bun' : 'node';
}
