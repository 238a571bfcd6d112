/** Sleeps with nothing else to do: whether it wakes tells whether the sleep keeps the process alive. */
import process from 'node:process';
import { sleep } from '../../src/pacing/sleep.ts';
import '../support/install-runtime.ts';

const ms = Number(process.argv[3] ?? 30);
void sleep(ms, { ref: process.argv[2] !== 'unref' }).then(() => console.log('awake'));
console.log('asleep');
