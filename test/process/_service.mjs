/** A child process for tests: speaks over its IPC channel and does what it is told. */
import { spawn } from 'node:child_process';
import process from 'node:process';

const CHILD = `trap 'echo asked; exit' TERM; (echo on; exec tail -f /dev/null) & wait`;

process.on('message', (message) => {
  if (message === 'leave') process.exit(5);
  if (message === 'disconnect') return process.disconnect();
  if (message === 'multiply') spawn('/bin/sh', ['-c', CHILD], { stdio: ['ignore', 'inherit', 'inherit'] });
  process.send?.({ heard: message });
});
// Without it, a process whose channel is closed would have nothing left to do.
setInterval(() => {}, 2 ** 30);
process.send?.('ready');
