import { afterEach, describe, expect, test } from 'vitest';
import { onProcessSignals, type ProcessSignal } from '../../src/lifecycle/process-signals.ts';
import { installRuntime } from '../../src/runtime.ts';
import { microtasks } from '../signal/_settled.ts';
import { testRuntime } from '../support/install-runtime.ts';

// What processes do at real signals is in test/conformance/signals.test.ts.
const listeners: Array<{ readonly name: string; readonly callback: () => void }> = [];
const exits: number[] = [];
const fake = {
  ...testRuntime,
  exit: (code: number) => void exits.push(code),
  onSignal: (name: string, callback: () => void) => {
    const listener = { name, callback };
    listeners.push(listener);
    return () => void listeners.splice(listeners.indexOf(listener), 1);
  },
};
installRuntime(fake);
afterEach(() => {
  installRuntime(fake);
  exits.length = 0;
  expect(listeners.splice(0)).toEqual([]);
});
function send(signal: ProcessSignal): void {
  for (const { name, callback } of [...listeners]) if (name === signal) callback();
}

describe('onProcessSignals', () => {
  test('asks once, and takes its listeners back when all has stopped', async () => {
    const asked: unknown[] = [];
    onProcessSignals({ stop: (options) => (asked.push(options), Promise.resolve({ clean: true })) }, { timeout: 50 });
    expect(listeners.map(({ name }) => name)).toEqual(['SIGINT', 'SIGTERM']);
    send('SIGTERM');
    await microtasks(20);
    expect([asked, exits, listeners]).toEqual([[{ timeout: 50 }], [], []]);
  });

  test('forces the end at the second signal, with the code of that signal', () => {
    const listening = onProcessSignals(() => new Promise(() => {}), { signals: ['SIGHUP', 'SIGINT'] });
    send('SIGINT');
    expect(exits).toEqual([]);
    send('SIGHUP');
    expect(exits).toEqual([129]);
    listening[Symbol.dispose]();
  });

  test('forces the end when something did not stop as it should', async () => {
    const forced: string[] = [];
    onProcessSignals(
      { stop: () => Promise.resolve({ clean: false }) },
      { onForce: (signal) => void forced.push(signal) },
    );
    send('SIGINT');
    await microtasks(20);
    expect([forced, exits]).toEqual([['SIGINT'], []]);
  });

  test('refuses threads that get no signals, and wrong options, naming them', () => {
    expect(() => onProcessSignals({} as never)).toThrow(/a function or an object with stop/);
    expect(() => onProcessSignals(() => {}, { signals: ['SIGKILL' as never] })).toThrow(
      /'signals' to be of SIGHUP, SIGINT.*, got 'SIGKILL'/,
    );
    expect(() => onProcessSignals(() => {}, { timeout: -1 })).toThrow(RangeError);
    expect(() => onProcessSignals(() => {}, { onForce: 1 as never })).toThrow(/'onForce'/);
    installRuntime({ ...fake, mayBlock: true });
    expect(() => onProcessSignals(() => {})).toThrow(/only the main thread/);
  });
});
