/** Keeps a core busy until it is ended, or until the process that started it is gone. */
import process from 'node:process';

const parent = process.ppid;
process.stdout.write('burning\n', burn);

function burn() {
  const end = performance.now() + 100;
  while (performance.now() < end);
  if (process.ppid === parent) setImmediate(burn);
}
