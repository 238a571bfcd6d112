/**
 * Ends a managed process when the process that manages it is gone, however it went: SIGKILL leaves it no time to do so
 * itself.
 *
 * The one thing that a process cannot fail to do at its end is to close what it had open. So it holds one end of a
 * pipe, and a tiny process, its guardian, reads the other: a shell that runs built-in commands only and waits in
 * `read`. Nothing is ever written. When the pipe ends, the guardian kills the group whose number it was started with.
 *
 *     this process ───── pipe ─────> guardian      reads the end of the pipe: kill -KILL -4711
 *          └── group 4711 (managed)                is killed itself once the group is gone
 *
 * The group must be gone, and not be awaited any more, when its guardian is released: its number may go to another. The
 * one gap is a millisecond at the start: a SIGKILL between the two spawns leaves the new process behind.
 *
 * Other ways, and why not: one guardian for all that is told by the pipe which groups there are: Bun writes to pipes in
 * a later turn of the event loop, and what is killed before has not told. PR_SET_PDEATHSIG: needs native code or
 * util-linux, is lost at the exec of a set-user-ID program, and reaches no grandchildren. A child that watches its own
 * IPC channel: must be written to do so.
 *
 * A thread that is ended closes what it had open on Node and Bun; Deno keeps it until the process ends.
 *
 * Windows needs no guardian: Node and Bun start their children in a job that the system ends with them
 * (https://docs.libuv.org/en/v1.x/process.html#c.uv_process_options_t). Deno has none there.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { hasGroups } from './process-group.ts';

const SCRIPT = 'while read -r nothing; do :; done; kill -s KILL -- "-$1" 2>/dev/null';

/** False once it turned out that this system has no shell, or that it may not be run. */
let canGuard = hasGroups;

/** Whether managed processes of this system end with the process that manages them. */
export function isGuarding(): boolean {
  return canGuard;
}

/** From its making until its release, the group of `leader` ends with this process. */
export class Guardian {
  readonly #leader: number;
  #shell: ChildProcess | undefined;
  #isReleased = false;

  constructor(leader: number) {
    this.#leader = leader;
    this.#start();
  }

  /** The group is gone. */
  release(): void {
    this.#isReleased = true;
    this.#shell?.kill('SIGKILL');
    this.#shell?.stdin?.destroy();
  }

  #start(): void {
    if (!canGuard) return;
    try {
      // In a session of its own: what a terminal or a process manager sends to this process's group is not meant for
      // it. Elsewhere than here, so that it keeps no folder busy.
      this.#shell = spawn('/bin/sh', ['-c', SCRIPT, 'reveille-guardian', String(this.#leader)], {
        stdio: ['pipe', 'ignore', 'ignore'],
        detached: true,
        cwd: '/',
        env: {},
      });
    } catch {
      // Deno may refuse by throwing.
      canGuard = false;
      return;
    }
    this.#watch(this.#shell);
  }

  #watch(shell: ChildProcess): void {
    shell.on('error', () => {
      if (shell.pid === undefined) canGuard = false;
    });
    shell.on('exit', (_, signal) => {
      // Somebody else has ended it. One that has come to its own end is no shell that could do this.
      if (signal !== null && !this.#isReleased) this.#start();
    });
    shell.stdin?.on('error', () => {});
    // It must not keep this process alive, whose end is what it waits for.
    shell.unref();
    (shell.stdin as { unref?: () => void } | null)?.unref?.();
  }
}
