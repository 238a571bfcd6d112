/** A program that manages a process and ends without ending it. Says which processes there are. */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker } from 'node:worker_threads';
import { startProcess } from 'reveille/process';

const FAMILY = `trap '' TERM
echo "member $$"
sh -c 'echo "member $$"; echo on; exec tail -f /dev/null' & wait`;

async function family() {
  const child = startProcess('/bin/sh', ['-c', FAMILY], { ready: { line: /^on$/ } });
  await child.ready;
  console.log(child.stdout.tail);
}

/** @type {Record<string, () => unknown>} */
const programs = {
  family,
  async exits() {
    await family();
    process.exit(0);
  },
  async throws() {
    await family();
    throw new Error('Not caught');
  },
  /** Two families, the second of which belongs to the process that it manages. */
  async nested() {
    const args = ['Deno' in globalThis ? ['run', '-A'] : [], fileURLToPath(import.meta.url), 'family'].flat();
    const child = startProcess(process.execPath, args, { ready: { line: /^on$/ } });
    await child.ready;
    console.log(`member ${child.pid}\n${child.stdout.tail}`);
  },
  async thread() {
    const worker = new Worker(new URL(import.meta.url), { argv: ['family'], stdout: true });
    worker.stdout.setEncoding('utf8').on('data', (text) => {
      process.stdout.write(text);
      if (/^on$/m.test(text)) void worker.terminate();
    });
    // So that it is the thread's end that counts.
    setInterval(() => {}, 2 ** 30);
  },
};

const [program = ''] = process.argv.slice(2);
if (isMainThread || program === 'family') await programs[program]?.();
