import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { withBurners } from './burners.mjs';

const child = fileURLToPath(new URL('child.mjs', import.meta.url));
/** Peers are found from here whatever the user's directory is. */
const folder = fileURLToPath(new URL('.', import.meta.url));

/** What the line with the outcome begins with; contenders print things too. */
export const outcomeMark = '@@outcome ';

/** How the failure of a turn begins that was ended because it took too long. */
export const noResult = 'no result';

/**
 * One turn in a process of its own.
 * @param {import('./contract.ts').BenchRuntime} runtime
 * @param {import('./contract.ts').Work} work
 * @param {import('./contract.ts').Turn} turn
 * @param {Record<string, string>} env
 * @returns {Promise<import('./contract.ts').TurnOutcome>}
 */
export function takeTurn(runtime, work, turn, env) {
  const args = [...runtime.args, ...(work.collects === true ? runtime.garbageArgs : [])];
  const run = () => inProcess(runtime.command, args, turn, { ...process.env, ...env }, work.limitMs ?? 45_000);
  return work.burners === true ? withBurners(run) : run();
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('./contract.ts').Turn} turn
 * @param {NodeJS.ProcessEnv} env
 * @param {number} limitMs
 * @returns {Promise<import('./contract.ts').TurnOutcome>}
 */
function inProcess(command, args, turn, env, limitMs) {
  return new Promise((resolve) => {
    const started = spawn(command, [...args, child, JSON.stringify(turn)], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let complaints = '';
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      started.kill('SIGKILL');
    }, limitMs);
    started.stdout.on('data', (chunk) => void (output += chunk));
    started.stderr.on('data', (chunk) => void (complaints = (complaints + chunk).slice(-4000)));
    started.on('error', (error) => resolve({ failure: error.message }));
    started.on('close', (code, signal) => {
      clearTimeout(limit);
      const line = output.split('\n').findLast((each) => each.startsWith(outcomeMark));
      if (line !== undefined) resolve(JSON.parse(line.slice(outcomeMark.length)));
      else if (late) resolve({ failure: `${noResult} within ${limitMs / 1000} s` });
      else resolve({ failure: `ended with ${signal ?? `exit code ${code}`}: ${lastWords(complaints)}` });
    });
  });
}

/** @param {string} complaints */
function lastWords(complaints) {
  const lines = complaints.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => /error|panic/i.test(line)) ?? lines.at(-1) ?? 'it said nothing').trim().slice(0, 200);
}
