/**
 * One measurement in a process of its own: one contender at one work. The last line it prints is the outcome.
 * It takes a Turn as JSON in its argument.
 */
import process from 'node:process';
import { contenders } from './contenders/index.mjs';
import { outcomeMark } from './turns.mjs';
import { works } from './work/index.mjs';

/** @returns {import('./contract.ts').RuntimeName} */
function thisRuntime() {
  if ('Deno' in globalThis) return 'deno';
  return 'Bun' in globalThis ? 'bun' : 'node';
}

/** @param {import('./contract.ts').Turn} turn */
async function take(turn) {
  const work = works.find(({ name }) => name === turn.work);
  const contender = contenders.find(({ name }) => name === turn.contender);
  if (work === undefined || contender === undefined) throw new Error(`Unknown turn ${turn.work} / ${turn.contender}`);
  const runtime = thisRuntime();
  const { setting, quick, trial } = turn;
  return work.measure({
    contender,
    runtime,
    setting,
    quick,
    trial,
    open: (options) => contender.open({ setting, runtime, ...options }),
  });
}

// A contender whose waits do not hold the event loop must not end the process half way.
const hold = setInterval(() => {}, 2 ** 30);
/** @type {import('./contract.ts').TurnOutcome} */
let outcome;
try {
  outcome = { metrics: await take(JSON.parse(String(process.argv[2]))) };
} catch (error) {
  outcome = { failure: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}
clearInterval(hold);
// Written by one call and then out: a pool that does not close must not turn a result into a timeout.
process.stdout.write(`${outcomeMark}${JSON.stringify(outcome)}\n`, () => process.exit(0));
