/** A rate as it is written on the command line. */
import { UsageError } from '../usage-error.ts';

const MS_BY_UNIT: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };

/**
 * The milliseconds between two calls at the rate `text`: `100/s`, `30/m`, `0.5/s`, or `100`, which is per second.
 *
 * @throws {UsageError} if it is not a rate.
 */
export function parseRate(text: string): number {
  const [, count = '', unit = 's'] = /^([\d.]+(?:e\d+)?)(?:\/([a-z]+))?$/i.exec(text.trim()) ?? [];
  const perMs = Object.hasOwn(MS_BY_UNIT, unit) ? MS_BY_UNIT[unit] : undefined;
  const number = count === '' ? Number.NaN : Number(count);
  if (perMs === undefined || !Number.isFinite(number) || number <= 0) {
    throw new UsageError(`Option --rate takes items per second, minute or hour (100/s, 30/m, 5/h): got '${text}'`);
  }
  return perMs / number;
}
