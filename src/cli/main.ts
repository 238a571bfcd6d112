/** The command `reveille`: finds out what is asked for and does it. */
import { readFile } from 'node:fs/promises';
import { bench } from './bench.ts';
import { OK, UNUSABLE } from './exit-code.ts';
import { COMMANDS, HELP, HELP_OF } from './help.ts';
import type { CommandIo, Engine } from './io.ts';
import { map } from './map/map.ts';
import { parseMapOptions } from './map/options.ts';
import { didYouMean } from './did-you-mean.ts';
import { UnusableError, UsageError } from './usage-error.ts';
import { parseWaitOptions } from './wait/options.ts';
import { wait } from './wait/wait.ts';

/**
 * Runs the command line `argv` (without the executable and the script).
 *
 * @returns the exit code, when everything was written and nothing is left running.
 */
export async function main(argv: readonly string[], io: CommandIo, engine: Engine): Promise<number> {
  const [command, ...rest] = argv;
  try {
    if (command === undefined) {
      io.stderr.write(HELP);
      return UNUSABLE;
    }
    if (command === '--version' || command === '-V') return await print(`${await readVersion(io.packageRoot)}\n`, io);
    if (command === '--help' || command === '-h') return await print(HELP, io);
    if (command === 'help') return await print(helpOf(rest[0]) ?? HELP, io);
    const help = helpOf(command);
    if (help !== undefined && asksForHelp(rest)) return await print(help, io);
    if (command === 'bench') return await bench(rest, io);
    if (command === 'map') return await flushed(map(parseMapOptions(rest), io, engine), io);
    if (command === 'wait') return await flushed(wait(parseWaitOptions(rest), io), io);
    const kind = command.startsWith('-') ? 'option' : 'command';
    throw new UsageError(`Unknown ${kind} '${command}'${didYouMean(command, Object.keys(COMMANDS))}`);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof UnusableError)) throw error;
    const known = command !== undefined && Object.hasOwn(COMMANDS, command);
    const hint = error instanceof UsageError ? `Try \`reveille ${known ? `${command} ` : ''}--help\`\n` : '';
    await write(io.stderr, `reveille: ${error.message}\n${hint}`);
    return UNUSABLE;
  }
}

function helpOf(command: string | undefined): string | undefined {
  return command !== undefined && Object.hasOwn(HELP_OF, command) ? HELP_OF[command] : undefined;
}

/** Not what follows `--`: that is somebody else's. */
function asksForHelp(args: readonly string[]): boolean {
  const own = args.slice(0, args.includes('--') ? args.indexOf('--') : args.length);
  return own.some((argument) => argument === '--help' || argument === '-h');
}

/** What was said may still be on its way to a pipe. */
async function flushed(work: Promise<number>, io: CommandIo): Promise<number> {
  const code = await work;
  await write(io.stderr, '');
  return code;
}

async function readVersion(packageRoot: URL): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(new URL('package.json', packageRoot), 'utf8'));
  return String((manifest as { version?: unknown }).version);
}

async function print(text: string, io: CommandIo): Promise<number> {
  await write(io.stdout, text);
  return OK;
}

/** Resolves when the stream took `text`, or its reader went away. */
function write(stream: CommandIo['stdout'], text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.once('error', () => resolve());
    stream.write(text, () => resolve());
  });
}
