/** The other libraries: their own lock file, installed on first use. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

/**
 * Imports a peer, whatever its types: it need not be installed when this is type-checked.
 * @param {string} name
 * @returns {Promise<any>}
 */
export function importPeer(name) {
  return import(name);
}

/** Installs what bench/package-lock.json names, unless it is there already. */
export function installPeers() {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
  const missing = Object.keys(dependencies).filter(
    (name) => !existsSync(new URL(`node_modules/${name}/package.json`, import.meta.url)),
  );
  if (missing.length === 0) return;
  process.stderr.write(`Installing the peers (${missing.join(', ')}) into bench/node_modules\n`);
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`Cannot install the peers: npm ci in ${folder} exited with ${status}`);
}
