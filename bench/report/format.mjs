/** @param {number} value three digits that say something */
export function digits(value) {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size >= 100 || size === 0) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : 2);
}

/** @param {number} value @param {import('../contract.ts').Metric['unit']} unit */
export function quantity(value, unit) {
  switch (unit) {
    case 'tasks/s':
      if (value >= 1e6) return `${digits(value / 1e6)} M/s`;
      return value >= 1e3 ? `${digits(value / 1e3)} k/s` : `${digits(value)} /s`;
    case 'us':
      return value >= 1000 ? `${digits(value / 1000)} ms` : `${digits(value)} us`;
    case 'MB/s':
      return value >= 1000 ? `${digits(value / 1000)} GB/s` : `${digits(value)} MB/s`;
    case 'ms':
      return `${digits(value)} ms`;
    case 'bytes':
      return `${digits(value)} B`;
    case 'x':
      return `${value.toFixed(2)} x`;
    case 'count':
      return digits(value);
  }
}

/**
 * @param {{ median: number, min: number, max: number }} spread
 * @param {import('../contract.ts').Metric['unit']} unit
 */
export function quantityWithSpread({ median, min, max }, unit) {
  if (min === max) return quantity(median, unit);
  return `${quantity(median, unit)} (${quantity(min, unit)} to ${quantity(max, unit)})`;
}

/** @param {{ median: number, min: number, max: number }} spread */
export function ratioWithSpread({ median, min, max }) {
  const bounds = min === max ? '' : ` (${digits(min)} to ${digits(max)})`;
  return `${digits(median)} x${bounds}`;
}

/**
 * @param {readonly (readonly string[])[]} rows the first is the heading
 * @param {'plain' | 'markdown'} style
 */
export function table(rows, style) {
  const [heading, ...body] = rows;
  if (heading === undefined) return '';
  if (style === 'markdown') {
    const line = (/** @type {readonly string[]} */ cells) =>
      `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
    return [line(heading), `|${' --- |'.repeat(heading.length)}`, ...body.map(line)].join('\n');
  }
  const widths = heading.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (/** @type {readonly string[]} */ cells) =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd();
  return [line(heading), `  ${widths.map((width) => '-'.repeat(width)).join('  ')}`, ...body.map(line)].join('\n');
}
