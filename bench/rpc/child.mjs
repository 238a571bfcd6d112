/** All contenders of one kind in this runtime. It takes what to do as JSON, and its last line is what came of it. */
import process from 'node:process';
import { followHeap } from './heap.mjs';
import { measure } from './measure.mjs';
import { openSockets } from './over-sockets.mjs';
import { openThread } from './over-threads.mjs';

const { kind, what, ...amounts } = JSON.parse(String(process.argv[2]));
const { callers, close } = await (kind === 'threads' ? openThread() : openSockets());
const own = callers.filter(({ name }) => name.startsWith('reveille'));
const outcome = what === 'heap' ? await followHeap(own, amounts.calls) : await measure(callers, amounts);
await close();
process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit());
