/** Starts a program as a managed process. */
import { ManagedProcess } from './managed-process.ts';
import { type ProcessOptions, settingsFrom } from './process-options.ts';

/**
 * Starts a program that says when it is ready, is ended as a whole, and does not outlive this process.
 *
 * It leads a process group of its own (POSIX), so a Ctrl-C in the terminal reaches this process only: see
 * `onProcessSignals` for how to end in order. Should this process end without that, however it does, the group is
 * killed. What leaves the group (`setsid`) is neither waited for nor ended.
 *
 * @param command - the program, looked up as `node:child_process` does; no shell is involved
 * @throws {TypeError} or RangeError that names the option, what it got and what it takes; the reason of
 *   `options.signal`, if that is aborted already. A program that cannot be started rejects `ready`
 * @example
 * ```ts
 * await using server = startProcess('node', ['server.js'], { ready: { line: /listening/ }, readyTimeout: 5_000 });
 * await server.ready;
 * server.addEventListener('statechange', ({ state, exit }) => log(state, exit));
 * for await (const line of server.stderr) log(line);
 * ```
 */
export function startProcess(
  command: string,
  args: readonly string[] = [],
  options: ProcessOptions = {},
): ManagedProcess {
  return new ManagedProcess(settingsFrom(command, args, options));
}
