/** What a process writes, as those see it who read it; what keeps it is in `output-log.ts`. */
import type { WaitOptions } from '../signal/wait-options.ts';
import type { LineReader } from './line-reader.ts';

/** Where a reader of lines begins, and what ends it. */
export interface LinesOptions extends Pick<WaitOptions, 'signal'> {
  /**
   * `kept`: with the oldest line that is still kept. `now`: with what comes from now on.
   *
   * @default {'kept'}
   */
  readonly from?: 'kept' | 'now' | undefined;
}

/** One of the two streams that a process writes to. Iterating over it is the same as over `lines()`. */
export interface ProcessOutput extends AsyncIterable<string, undefined> {
  /** What is kept of it, as text: at most `maxOutput` characters, the last ones. */
  readonly tail: string;
  /** How many characters are no longer kept. */
  readonly dropped: number;
  /** How many lines there have been. */
  readonly lineCount: number;
  /** The lines without their ends, as they come. */
  lines(options?: LinesOptions): LineReader;
  /**
   * The first line that matches, among those that are kept and those to come.
   *
   * @throws {ChannelClosedError} if the process has ended for good without one; {DeadlineExceededError} after `timeout`
   *   milliseconds; the signal's reason
   */
  waitForLine(pattern: RegExp, options?: WaitOptions): Promise<string>;
}
