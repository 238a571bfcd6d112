/** `reveille wait`: waits until all of its targets are there, then runs a command. */
import { exitCodeOf, onProcessSignals, type ProcessSignal } from '../../lifecycle/process-signals.ts';
import { OK, TIMED_OUT } from '../exit-code.ts';
import type { CommandIo } from '../io.ts';
import { STOP_SIGNALS } from '../stop-signals.ts';
import { UnusableError } from '../usage-error.ts';
import type { CommandOptions } from './options.ts';
import { runCommand } from './run-command.ts';
import type { Target, TargetLimits } from './target.ts';

const STOPPED = Symbol('stopped');

/** Returns the exit code. */
export async function wait({ targets, timeout, command }: CommandOptions, io: CommandIo): Promise<number> {
  const stop = new AbortController();
  let received: ProcessSignal | undefined;
  const onSignal = (signal: ProcessSignal): void => {
    received = signal;
    stop.abort(STOPPED);
  };
  const signals = onProcessSignals(onSignal, { signals: STOP_SIGNALS });
  try {
    const lacking = await waitForAll(targets, { signal: stop.signal, timeout });
    if (lacking.length > 0) {
      io.stderr.write(
        `reveille: Not there after ${timeout / 1_000} s:\n${lacking.map((line) => `  ${line}\n`).join('')}`,
      );
      return TIMED_OUT;
    }
  } catch (error) {
    if (error === STOPPED && received !== undefined) return exitCodeOf(received);
    throw error;
  } finally {
    // One that will not be waited for needs no looking after.
    stop.abort(STOPPED);
    signals[Symbol.dispose]();
  }
  return command === undefined ? OK : runCommand(command, io);
}

/** One line for each target that is not there when the time is over. */
async function waitForAll(targets: readonly Target[], limits: TargetLimits): Promise<string[]> {
  const lines = await Promise.all(
    targets.map(async (target) => {
      try {
        const lacks = await target.wait(limits);
        return lacks === undefined ? undefined : `${target.text} ${lacks}`;
      } catch (error) {
        if (error === STOPPED) throw error;
        throw new UnusableError(`Cannot wait for ${target.text}: ${error instanceof Error ? error.message : error}`);
      }
    }),
  );
  return lines.filter((line) => line !== undefined);
}
