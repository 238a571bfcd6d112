import process from 'node:process';
import { contextSwitches } from '../context-switches.mjs';
import { pause } from '../pause.mjs';
import { digits } from '../report/format.mjs';
import { NaivePoller } from './naive-poller.mjs';

/**
 * How often a poller wakes its process while it waits for an hour: its timers that fire, and what the system saw of the
 * whole process (which does things of its own).
 * @param {typeof import('../../adapters/node.ts')} reveille
 * @param {boolean} quick
 * @returns {Promise<import('../pacing.mjs').Row[]>}
 */
export async function measureWakeUps({ Poller }, quick) {
  const ms = quick ? 2_000 : 10_000;
  let fired = 0;
  const clock = {
    now: () => performance.now(),
    /** @param {() => void} callback @param {number} delay */
    setTimer(callback, delay) {
      const timer = setTimeout(() => {
        fired++;
        callback();
      }, delay);
      return { cancel: () => clearTimeout(timer) };
    },
  };
  const nothing = await observe(ms);
  const poller = new Poller(() => {}, { interval: 3_600_000, clock }).start();
  await poller.trigger();
  const waiting = await observe(ms);
  await poller.stop();
  const loop = new NaivePoller(() => {}, 3_600_000);
  const looping = await observe(ms);
  const { wakeUps } = loop;
  await loop.stop();
  const what = `timers fired in ${ms / 1000} s of waiting`;
  return [
    { what, who: 'Poller', figure: `${fired}; ${waiting}`, holds: fired <= wakeUps * 0.05 },
    { what, who: 'a loop with 50 ms checks', figure: `${wakeUps}; ${looping}` },
    { what, who: 'nothing at all', figure: `0; ${nothing}` },
  ];
}

/** @param {number} ms */
async function observe(ms) {
  await pause(200);
  const before = contextSwitches().voluntary;
  const cpu = process.cpuUsage();
  await pause(ms);
  const used = process.cpuUsage(cpu);
  const switches = contextSwitches().voluntary - before;
  // It counts for the threads that live: those of Bun's that end meanwhile take theirs with them.
  const counted = switches < 0 ? 'unknown' : String(switches);
  return `${counted} context switches, ${digits((used.user + used.system) / 1000)} ms of CPU`;
}
