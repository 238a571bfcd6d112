/** Failing schedules for people to read. */
import type { FailureEntry, JournalEntry, TraceEntry, WordsEntry } from './control.ts';

/** Steps that are no scheduling points, as far as a trace shows them one by one. */
const MOST_LOCALS = 4;

/** The message with words by name, and the schedule, one step a line. Steps in brackets are no scheduling points. */
export function formatTrace(
  kind: string,
  message: string,
  journal: readonly JournalEntry[],
): { message: string; trace: string } {
  const words = journal.findLast((entry): entry is WordsEntry => entry.kind === 'words');
  const names = new Map(Object.entries(words?.names ?? {}).map(([name, offset]) => [offset, name]));
  const nameOf = (offset: number): string => names.get(offset) ?? `+${offset}`;
  const lines: string[] = [];
  let step = 0;
  let locals = 0;
  for (const entry of journal) {
    locals = entry.kind === 'trace' && entry.local ? locals + 1 : 0;
    if (entry.kind === 'trace' && locals > MOST_LOCALS) {
      if (locals > MOST_LOCALS + 1) lines.pop();
      lines.push(`       thread ${entry.thread}  [and ${locals - MOST_LOCALS} more]`);
    } else if (entry.kind === 'trace') lines.push(formatStep(entry, entry.local ? 0 : ++step, nameOf));
    else if (entry.kind === 'log') lines.push(`       thread ${entry.thread}  logs ${JSON.stringify(entry.entry)}`);
    else if (entry.kind === 'failure') lines.push(formatFailure(entry));
  }
  const named = message.replaceAll(/@(\d+)/g, (_, offset: string) => nameOf(Number(offset)));
  lines.push(`       ${kind}: ${named}`);
  return { message: named, trace: lines.join('\n') };
}

function formatStep(entry: TraceEntry, step: number, nameOf: (offset: number) => string): string {
  const text = entry.text.replace('@', nameOf(entry.offset));
  const what = entry.local ? `[${text}]` : text;
  const number = step === 0 ? '' : `${step}.`;
  return `${number.padStart(6)} thread ${entry.thread}  ${what.padEnd(56)}  ${entry.at}`.trimEnd();
}

function formatFailure({ thread, message, stack }: FailureEntry): string {
  const at = stack.split('\n').find((line) => line.trim().startsWith('at ') && !/\b(node|ext|bun|native):/.test(line));
  return `       thread ${thread}  fails: ${message.split('\n')[0]}${at === undefined ? '' : `  (${at.trim()})`}`;
}
