/** Finds what is to be weighed, and says what is not. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ path: string, bytes: number }} FoundFile */

/**
 * @typedef {object} Found
 * @property {FoundFile[]} files The largest first: the last ones to be done are small, so all threads end together.
 * @property {number} links Symbolic links, which are not followed.
 * @property {number} sameFiles Further names of files that have several (hard links): each file is weighed once.
 * @property {FoundFile[]} leftOut Files beyond the limit: the smallest.
 */

/**
 * All files below `folder`, or the `limit` largest of them.
 *
 * @param {string} folder
 * @param {number} limit
 * @returns {Found}
 */
export function findFiles(folder, limit) {
  /** @type {FoundFile[]} */
  const files = [];
  /** @type {Set<string>} */
  const seen = new Set();
  let links = 0;
  let sameFiles = 0;
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of readdirSync(next, { withFileTypes: true })) {
      const path = join(next, entry.name);
      if (entry.isSymbolicLink()) links++;
      else if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) {
        const { size, dev, ino, nlink } = lstatSync(path);
        const identity = `${dev}:${ino}`;
        if (nlink > 1 && seen.has(identity)) sameFiles++;
        else files.push({ path, bytes: size });
        seen.add(identity);
      }
    }
  }
  files.sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
  return { files: files.slice(0, limit), links, sameFiles, leftOut: files.slice(limit) };
}
