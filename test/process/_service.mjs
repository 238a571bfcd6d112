/** A child process for tests: speaks over its IPC channel and does what it is told. */
import process from 'node:process';

process.on('message', (message) => {
  if (message === 'leave') process.exit(5);
  process.send?.({ heard: message });
});
process.send?.('ready');
