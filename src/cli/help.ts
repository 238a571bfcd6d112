/** What `--help` prints. */

/** The commands and what each does. */
export const COMMANDS: Readonly<Record<string, string>> = {
  map: 'call a function with every line of a file or a pipe, on all cores',
  wait: 'wait for ports, addresses, files and processes, then run a command',
  bench: 'measure Reveille beside its peers on this machine',
};

/** The help of the command as a whole. */
export const HELP: string = `Usage: reveille COMMAND [OPTIONS]

Commands:
${Object.entries(COMMANDS)
  .map(([name, text]) => `  ${name.padEnd(8)} ${text}`)
  .join('\n')}

Options:
  -h, --help       show this help, or that of a command
  -V, --version    show the version
`;

/** The help of `reveille map`. */
export const MAP_HELP = `Usage: reveille map MODULE [OPTIONS]

Calls a function that MODULE exports with every item of the input, on all cores,
and writes each result as a line of the output. What the function prints goes to
standard error.

Input and output:
  -i, --input FILE       read items from FILE (default: standard input)
  -o, --output FILE      write results to FILE (default: standard output)
  -f, --format FORMAT    ndjson: a line is a JSON value, in and out; blank lines are left out
                         lines: a line is its text; results that are strings are written as
                         they are, others as JSON
                         (default: ndjson if --input ends in .ndjson or .jsonl, else lines)
      --ordered          write results in the order of the input (default: as they come)
      --skip N           leave out the first N lines; --output and --errors are appended to

The work:
  -e, --export NAME      the function to call (default: the default export, or the only one)
  -t, --threads N        threads (default: as many as the machine runs at a time)
  -c, --concurrency N    items at a time on each thread, for async functions (default: 1)
      --rate N/s         call it at most N times a second (/m: a minute, /h: an hour)
      --timeout MS       give up on an item after MS milliseconds; a call that goes on for
                         a second after that has its thread replaced
      --retry N          try an item that failed up to N more times, after growing random waits

Failures:
      --errors FILE      write every failure to FILE, as NDJSON: line, error, input
      --max-errors N     stop when more than N items have failed
      --fail-fast        stop when one has

Display:
      --no-progress      no progress bar (there is one only on a terminal)
  -q, --quiet            neither progress nor summary; failures are shown
  -h, --help             show this help

Ctrl-C stops: what runs is finished, what is done is written, and the --skip to go on
with is shown. A second Ctrl-C ends at once.

Exit codes: 0 all done; 1 some items failed; 2 wrong usage, or a module, input or output
that cannot be used; 130 after Ctrl-C (129 hangup, 143 terminated); 141 the reader of the
output went away.

Example:
  echo 'export const shout = (line) => line.toUpperCase();' > shout.mjs
  reveille map shout.mjs < README.md
`;

/** The help of `reveille wait`. */
export const WAIT_HELP = `Usage: reveille wait TARGET... [--timeout S] [-- COMMAND [ARGUMENT...]]

Waits until every target is there, then runs the command, if there is one, and passes
on its exit code. Signals to this process are passed on to the command.

Targets:
  tcp:[HOST:]PORT        somebody accepts connections (default host: this machine, at its
                         IPv4 or IPv6 loopback address)
  tcp-free:[HOST:]PORT   nobody has the port (default host: any address of this machine)
  http://..., https://...  a GET is answered with a status from 200 to 299
  file:PATH              there is a file or folder
  gone:PATH              there is none
  pid:N                  the process has ended
An IPv6 address as host is put into brackets: tcp:[::1]:5432

Options:
  -t, --timeout S        give up after S seconds (default: never; 0: look once), and say
                         what each target still lacks
  -h, --help             show this help

Exit codes: 0 all are there; 2 wrong usage, or a target that cannot be waited for; 124 not
all there in time; 126, 127 the command cannot be run, is not found; 130 after Ctrl-C (129
hangup, 143 terminated). Of the command: its own; 128 + N after signal N.

Example:
  reveille wait tcp:localhost:5432 gone:deploy.lock --timeout 30 -- npm start
`;

/** The help of each command that has one. */
export const HELP_OF: Readonly<Record<string, string>> = { map: MAP_HELP, wait: WAIT_HELP };
