/** Primitives that are disposed when their test is over; then nothing may be left in the arena. */
import { afterEach, expect } from 'vitest';
import { defaultArena } from '../../src/memory/arena.ts';
import '../support/install-runtime.ts';

const made: Disposable[] = [];

/** Disposes `thing` once the test is over. */
export function keep<T extends Disposable>(thing: T): T {
  made.push(thing);
  return thing;
}

/** Called once in a test file. */
export function disposeAfterEach(): void {
  afterEach(() => {
    for (const thing of made.splice(0)) thing[Symbol.dispose]();
    expect(defaultArena().stats().blocks).toBe(0);
  });
}
