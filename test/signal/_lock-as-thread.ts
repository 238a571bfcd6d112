import type { Mutex } from '../../src/signal/mutex.ts';
import { STATE } from '../../src/signal/primitive-block.ts';

/** Has another thread, one that does nothing else, hold the mutex; returns what makes it as if it had not. */
export function lockAsThread({ words, base }: Mutex, thread: number): () => void {
  const before = words[base + STATE] as number;
  words[base + STATE] = before | (thread + 1);
  return () => void (words[base + STATE] = before);
}
