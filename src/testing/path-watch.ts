/**
 * Tells when something may have changed at a path that need not be there yet: watches the nearest folder above it that
 * is. What it tells of is coarse on purpose (any change in that folder); whoever listens looks for himself.
 */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { EmitterLike } from './event-source.ts';

export class PathWatch implements EmitterLike {
  readonly #path: string;
  readonly #listeners = new Set<() => void>();
  #watcher: FSWatcher | undefined;
  #folder = '';
  /** Tells a folder from another one that was made in its place. */
  #inode: number | undefined;

  /** @param path - absolute */
  constructor(path: string) {
    this.#path = path;
  }

  on(_event: string, listener: () => void): void {
    this.#listeners.add(listener);
    this.aim();
  }

  /** The last one who leaves ends the watch. */
  off(_event: string, listener: () => void): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#close();
  }

  /** Watches the folder that is the nearest now. To be called before each look at the path. */
  aim(): void {
    if (this.#listeners.size === 0) return;
    let folder = dirname(this.#path);
    let inode = inodeOf(folder);
    while (inode === undefined && folder !== dirname(folder)) {
      folder = dirname(folder);
      inode = inodeOf(folder);
    }
    if (folder === this.#folder && inode === this.#inode) return;
    this.#close();
    this.#folder = folder;
    this.#inode = inode;
    this.#open(folder);
  }

  /** Where the system cannot watch (too many watches, a network drive), whoever listens is left with the timer. */
  #open(folder: string): void {
    try {
      const watcher = watch(folder, () => this.#tell());
      this.#watcher = watcher;
      watcher.on('error', () => {
        if (this.#watcher === watcher) this.#close();
        this.#tell();
      });
    } catch {
      this.#watcher = undefined;
    }
  }

  #close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#folder = '';
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function inodeOf(folder: string): number | undefined {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats?.isDirectory() === true ? stats.ino : undefined;
}
