/** What a job's progress looks like: text made from numbers, so that it can be shown, logged and tested alike. */

/** How far a job is. Times are milliseconds. */
export interface Progress {
  readonly done: number;
  readonly failed: number;
  /** Since the job began. */
  readonly elapsed: number;
  /** Items that settled a second, lately. */
  readonly rate: number;
  /** The part of the input that was worked on, from 0 to 1, where its size is known. */
  readonly fraction?: number;
  /** The part that a resumed job skipped at the start. */
  readonly startFraction?: number;
}

/** How a job went. */
export interface Summary {
  readonly done: number;
  readonly failed: number;
  readonly elapsed: number;
  readonly threads: number;
}

const WIDEST_BAR = 30;
const NARROWEST_BAR = 8;

/** One line of at most `width` characters. What matters least is left out first. */
export function renderProgress(progress: Progress, width: number): string {
  const counts = [`${formatCount(progress.done)} done`];
  if (progress.failed > 0) counts.push(`${formatCount(progress.failed)} failed`);
  const rate = `${formatRate(progress.rate)}/s`;
  const { fraction } = progress;
  const time = fraction === undefined ? `${formatDuration(progress.elapsed)} elapsed` : timeLeft(progress, fraction);
  const percent = fraction === undefined ? [] : [`${Math.floor(clamp(fraction) * 100)}%`.padStart(4)];
  const full = [...percent, ...counts, rate, time].join('  ');
  const room = Math.min(WIDEST_BAR, width - full.length - 3);
  if (fraction !== undefined && room >= NARROWEST_BAR) return `${renderBar(fraction, room)} ${full}`;
  const shorter = [full, [...percent, ...counts, rate].join('  '), [...percent, ...counts].join('  ')];
  return shorter.find((text) => text.length <= width) ?? counts.join('  ').slice(0, Math.max(0, width));
}

/** The line that ends a job. */
export function renderSummary({ done, failed, elapsed, threads }: Summary): string {
  const items = done + failed;
  const rate = elapsed > 0 ? (items * 1_000) / elapsed : 0;
  return (
    `${formatCount(items)} ${items === 1 ? 'item' : 'items'}, ${formatCount(failed)} failed, ` +
    `${(elapsed / 1_000).toFixed(2)} s, ${formatRate(rate)} items/s, ${threads} ${threads === 1 ? 'thread' : 'threads'}`
  );
}

/** `1234567` as `1,234,567`. */
export function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** Three significant digits below a thousand, whole numbers above. */
export function formatRate(rate: number): string {
  if (rate >= 999.5) return formatCount(Math.round(rate));
  return rate >= 99.95 ? rate.toFixed(0) : rate >= 9.995 ? rate.toFixed(1) : rate.toFixed(2);
}

/** `0:07`, `12:34`, `1:02:03`, `3d 04h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  if (hours >= 48) return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function timeLeft({ elapsed, startFraction = 0 }: Progress, fraction: number): string {
  const worked = fraction - startFraction;
  if (worked <= 0 || elapsed <= 0) return '--:-- left';
  return `${formatDuration((elapsed * (1 - clamp(fraction))) / worked)} left`;
}

function renderBar(fraction: number, width: number): string {
  const filled = Math.round(clamp(fraction) * width);
  const head = filled > 0 && filled < width ? '>' : '';
  return `[${('='.repeat(Math.max(0, filled - head.length)) + head).padEnd(width)}]`;
}

function clamp(fraction: number): number {
  return Math.min(1, Math.max(0, fraction));
}
