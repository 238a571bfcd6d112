/** Numbers made readable. */

/**
 * @typedef {object} PackageWeight
 * @property {string} name
 * @property {number} files
 * @property {number} bytes
 * @property {number} gzip
 * @property {number} brotli
 */

/**
 * The weights of the packages that the files belong to, the heaviest (as Brotli) first.
 *
 * @param {readonly import('./tasks.mjs').Weight[]} weights
 * @param {string} folder
 * @returns {PackageWeight[]}
 */
export function byPackage(weights, folder) {
  /** @type {Map<string, PackageWeight>} */
  const packages = new Map();
  for (const { path, bytes, gzip, brotli } of weights) {
    const name = packageOf(path, folder);
    const sum = packages.get(name) ?? { name, files: 0, bytes: 0, gzip: 0, brotli: 0 };
    sum.files++;
    sum.bytes += bytes;
    sum.gzip += gzip;
    sum.brotli += brotli;
    packages.set(name, sum);
  }
  return [...packages.values()].sort((a, b) => b.brotli - a.brotli);
}

/**
 * `a/node_modules/@scope/name/lib/x.js` belongs to `@scope/name`; outside of `node_modules` the first folder counts.
 *
 * @param {string} path
 * @param {string} folder
 */
function packageOf(path, folder) {
  const parts = path.split(/[\\/]/);
  const at = parts.lastIndexOf('node_modules') + 1;
  const rest = at > 0 ? parts.slice(at) : path.slice(folder.length).split(/[\\/]/).filter(Boolean);
  const [first = '.', second] = rest;
  if (first.startsWith('@') && second !== undefined) return `${first}/${second}`;
  return rest.length > 1 || at > 0 ? first : '.';
}

/**
 * @param {readonly PackageWeight[]} packages
 * @param {string} title
 * @returns {string}
 */
export function renderTable(packages, title) {
  const rows = packages.map(({ name, files, bytes, gzip, brotli }) => [
    name,
    String(files),
    megabytes(bytes),
    megabytes(gzip),
    megabytes(brotli),
  ]);
  const head = [title, 'files', 'MB', 'gzip', 'brotli'];
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map((row) => row.map((cell, column) => pad(cell, widths[column] ?? 0, column === 0)).join('  ').trimEnd())
    .join('\n');
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return (bytes / 1e6).toFixed(2);
}

/**
 * @param {string} text
 * @param {number} width
 * @param {boolean} left
 */
function pad(text, width, left) {
  return left ? text.padEnd(width) : text.padStart(width);
}
