/** What runs on the threads: ordinary functions of an ordinary module. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/**
 * @typedef {object} Weight
 * @property {string} path
 * @property {number} bytes
 * @property {number} gzip
 * @property {number} brotli
 * @property {string} sha256
 */

/** @typedef {{ path: string, problem: string }} Problem */

/** Quality 11, the best, takes some forty times as long. */
const BROTLI_QUALITY = 4;

/**
 * The size of a file as it is, as gzip (at the usual level) and as Brotli (at quality 4), and its digest.
 *
 * @param {string} path
 * @returns {Weight | Problem}
 */
export function weigh(path) {
  try {
    const content = readFileSync(path);
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    };
    return {
      path,
      bytes: content.length,
      gzip: gzipSync(content).length,
      brotli: brotliCompressSync(content, { params }).length,
      sha256: createHash('sha256').update(content).digest('hex'),
    };
  } catch (error) {
    return { path, problem: error instanceof Error ? error.message : String(error) };
  }
}
