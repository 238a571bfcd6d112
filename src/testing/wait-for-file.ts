/** Waits for files: that one is there, has a content, or is gone. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from '../signal/wait-options.ts';
import { checkConditionOptions, type ConditionOptions } from './condition-options.ts';
import { ConditionWatch, type Look } from './condition-watch.ts';
import { PathWatch } from '../process/path-watch.ts';

/** A part of a text, a pattern in it, or what tells whether it fits. */
export type Content = string | RegExp | ((text: string) => boolean);

/** What is waited for at a path; that something is there, unless told. */
export interface FileOptions extends ConditionOptions {
  /** That a file is there whose text contains this, matches it, or satisfies it. */
  readonly content?: Content | undefined;
  /** That nothing is there. */
  readonly gone?: boolean | undefined;
}

/**
 * Waits until there is something at `path`; with `content`, a file whose text fits; with `gone`, nothing. Looks when
 * the system tells of a change in the folder (or, while that is not there, in the nearest one above it), and by the
 * timer where it tells of none, which `onFallback` is told.
 *
 * @param path - relative to the working directory, or a file: URL
 * @returns the text of the file, if `content` was asked for
 * @throws {DeadlineExceededError} after `timeout` milliseconds, with what was seen and when; the signal's reason; the
 *   system's error if the file may not be read
 * @example
 * ```ts
 * const text = await waitForFile('server.log', { content: /listening on \d+/ });
 * await waitForFile('server.pid', { gone: true });
 * ```
 */
export function waitForFile(path: string | URL, options: FileOptions & { content: Content }): Promise<string>;
export function waitForFile(path: string | URL, options?: FileOptions): Promise<void>;
export async function waitForFile(path: string | URL, options: FileOptions = {}): Promise<string | void> {
  checkFileOptions(path, options);
  const place = resolve(path instanceof URL ? fileURLToPath(path) : path);
  const { content, gone = false, message, on = [] } = options;
  const folder = new PathWatch(place);
  const wanted = gone ? 'to be gone' : content === undefined ? 'to be there' : `to have ${wordsFor(content)}`;
  const what = `waitForFile: ${message ?? `${place} ${wanted}`}`;
  const watch = new ConditionWatch<string | undefined>(what, { ...options, on: [[folder, 'change'], ...on] }, () => {
    folder.aim();
    return content === undefined ? lookFor(place, gone) : lookInto(place, content);
  });
  const result = await watch.run();
  if (result === undefined) throw watch.timeoutError();
  return content === undefined ? undefined : result.value;
}

function lookFor(path: string, gone: boolean): Look<string> {
  const stats = statSync(path, { throwIfNoEntry: false });
  return { passed: (stats === undefined) === gone, value: stats === undefined ? 'nothing there' : 'something there' };
}

function lookInto(path: string, content: Content): Look<string | undefined> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    return { passed: false, value: undefined };
  }
  const passed =
    typeof content === 'string'
      ? text.includes(content)
      : typeof content === 'function'
        ? content(text)
        : text.search(content) >= 0;
  return { passed, value: text };
}

function wordsFor(content: Content): string {
  if (typeof content === 'string') return `the text '${content}' in it`;
  return typeof content === 'function' ? 'a text that fits' : `a text that matches ${content}`;
}

function checkFileOptions(path: unknown, options: FileOptions): void {
  if (typeof path !== 'string' && !(path instanceof URL)) {
    throw new TypeError(`Expected 'path' to be a string or a file: URL, got ${describe(path)}`);
  }
  checkConditionOptions(options);
  const { content, gone } = options;
  const fits = typeof content === 'string' || typeof content === 'function' || content instanceof RegExp;
  if (content !== undefined && !fits) {
    throw new TypeError(`Expected option 'content' to be a string, a RegExp or a function, got ${describe(content)}`);
  }
  if (gone !== undefined && typeof gone !== 'boolean') {
    throw new TypeError(`Expected option 'gone' to be a boolean, got ${describe(gone)}`);
  }
  if (gone === true && content !== undefined) {
    throw new TypeError("Expected either option 'content' or option 'gone', got both");
  }
}
