// The functions that the tests of `reveille map` call. `gated` waits for the test: see _gates.ts.
import { once } from 'node:events';
import { connect } from 'node:net';
import process from 'node:process';

/** @param {string} line */
export function shout(line) {
  return line.toUpperCase();
}

/** @param {{ n: number }} item */
export function double({ n }) {
  return { n: 2 * n };
}

/** @param {{ n: number }} item */
export function refuseOdd({ n }) {
  if (n % 2 === 1) throw new RangeError(`Odd: ${n}`);
  return n;
}

/** @type {Set<string>} */
const seen = new Set();

/** @param {string} line */
export function failFirst(line) {
  if (seen.has(line)) return line;
  seen.add(line);
  throw new Error('the first time');
}

/** @param {string} line */
export async function gated(line) {
  const socket = connect(Number(process.env.REVEILLE_TEST_GATE), '127.0.0.1');
  socket.write(`${line}\n`);
  await once(socket, 'data');
  socket.destroy();
  return line;
}

/** @param {string} line */
export function die(line) {
  if (line === 'die') process.exit(3);
  return line;
}

/** @param {string} line */
export function hang(line) {
  for (; line === 'hang'; );
  return line;
}

/** @param {string} line */
export function print(line) {
  console.log(`printed ${line}`);
  return line;
}
