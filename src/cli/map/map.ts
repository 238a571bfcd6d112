/** `reveille map`: opens everything, starts the pool, runs the job and says how it went. */
import { exitCodeOf, onProcessSignals, type ProcessSignal } from '../../lifecycle/process-signals.ts';
import { runtime } from '../../runtime.ts';
import type { CommandIo, Engine } from '../io.ts';
import { STOP_SIGNALS } from '../stop-signals.ts';
import { openInput, openOutput } from './open-streams.ts';
import type { MapOptions } from './options.ts';
import { MapRun } from './run.ts';
import { startPool } from './start-pool.ts';

/**
 * Does what `options` ask for.
 *
 * @returns the exit code, when all is written and the pool is gone.
 * @throws {UnusableError} if something cannot be opened or loaded; nothing was written then.
 */
export async function map(options: MapOptions, io: CommandIo, engine: Engine): Promise<number> {
  const clock = runtime();
  const exitBy = (signal: ProcessSignal): void => clock.exit(exitCodeOf(signal));
  // Threads, timers and parked waits do not keep a process alive by themselves.
  const alive = clock.keepAlive();
  alive.hold();
  // When the terminal is gone there is nobody left to tell.
  io.stderr.on('error', () => {});
  const closers: Array<() => Promise<unknown>> = [];
  let run: MapRun | undefined;
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  const stop = (signal: ProcessSignal): Promise<void> | void => {
    if (run === undefined) return exitBy(signal);
    run.stop(signal);
    return ended;
  };
  const onForce = (signal: ProcessSignal): void => {
    run?.sayWhereToResume();
    exitBy(signal);
  };
  const signals = onProcessSignals(stop, { signals: STOP_SIGNALS, timeout: Infinity, onForce });
  try {
    const input = options.input === undefined ? undefined : openInput(options.input);
    if (input !== undefined) closers.push(input.close);
    const threads = options.threads ?? clock.parallelism;
    const { pool, task } = await startPool(options, threads, engine, (text) =>
      run === undefined ? io.stderr.write(text) : run.print(text),
    );
    // From here on the pool is to be ended, also when an output cannot be opened.
    closers.push(() => pool.destroy());
    const openFor = async (path: string | undefined, what: string): Promise<CommandIo['stdout'] | undefined> => {
      if (path === undefined) return undefined;
      const file = await openOutput(path, what, options.skip > 0, options.input);
      closers.push(file.close);
      return file.stream;
    };
    const output = await openFor(options.output, 'output');
    const errors = await openFor(options.errors, 'errors file');
    if (input === undefined && io.stdin.isTTY === true && !options.quiet) {
      io.stderr.write('Reading items from the terminal: end them with Ctrl-D\n');
    }
    run = new MapRun(options, io, clock, {
      pool,
      task,
      threads,
      input: input?.stream ?? io.stdin,
      inputBytes: input?.bytes,
      output: output ?? io.stdout,
      errors,
    });
    return await run.finish();
  } finally {
    for (const close of closers.reverse()) await close();
    signals[Symbol.dispose]();
    end();
    alive.release();
  }
}
