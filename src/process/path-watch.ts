/**
 * Tells when something may have changed at a path that need not be there yet: watches the nearest folder above it that
 * is. What it tells of is coarse on purpose (any change in that folder); whoever listens looks for himself.
 */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

interface Folder {
  readonly path: string;
  /** Tells a folder from another one that was made in its place. */
  readonly inode: number;
}

export class PathWatch {
  readonly #path: string;
  readonly #listeners = new Set<() => void>();
  #watcher: FSWatcher | undefined;
  #folder: Folder | undefined;

  /** @param path - absolute */
  constructor(path: string) {
    this.#path = path;
  }

  /** Whether the system is to tell of changes. It cannot be asked to everywhere (too many watches, some drives). */
  get isWatching(): boolean {
    return this.#watcher !== undefined;
  }

  /** As an event emitter, whatever the event is called. */
  on(_event: string, listener: () => void): void {
    this.#listeners.add(listener);
    this.aim();
  }

  /** The last one who leaves ends the watch. */
  off(_event: string, listener: () => void): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#close();
  }

  /**
   * Watches the folder that is the nearest now. To be called before each look at the path: what comes after the look is
   * told of then.
   */
  aim(): void {
    if (this.#listeners.size === 0) return;
    // Until nothing has changed meanwhile: a folder that is made before its parent is watched tells nobody of itself.
    for (let nearest = this.#nearest(); !isSame(nearest, this.#folder); nearest = this.#nearest()) {
      this.#close();
      this.#folder = nearest;
      this.#open(nearest.path);
    }
  }

  #nearest(): Folder {
    for (let path = dirname(this.#path); ; path = dirname(path)) {
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats?.isDirectory() === true) return { path, inode: stats.ino };
      if (path === dirname(path)) return { path, inode: 0 };
    }
  }

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
    this.#folder = undefined;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function isSame(one: Folder, other: Folder | undefined): boolean {
  return one.path === other?.path && one.inode === other.inode;
}
