/** Which of a module's functions the items are handed to. */
import { didYouMean } from '../did-you-mean.ts';
import { UnusableError } from '../usage-error.ts';

/**
 * The function asked for, else the default export, else the only one.
 *
 * @throws {UnusableError} if there is none, or several to choose from.
 */
export function chooseTask(module: string, tasks: readonly string[], asked: string | undefined): string {
  const known = tasks.map((task) => `'${task}'`).join(', ');
  if (asked !== undefined) {
    if (tasks.includes(asked)) return asked;
    throw new UnusableError(`${module} exports no function '${asked}', only ${known}${didYouMean(asked, tasks)}`);
  }
  if (tasks.includes('default')) return 'default';
  const [only, ...others] = tasks;
  if (only === undefined) throw new UnusableError(`${module} exports no function to call with the items`);
  if (others.length === 0) return only;
  throw new UnusableError(`${module} exports several functions: choose one with --export (${known})`);
}
