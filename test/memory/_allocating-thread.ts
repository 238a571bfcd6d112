/** Allocates, marks, checks and frees blocks of random sizes; keeps none. Counts what it finds wrong. */
import { parentPort, workerData } from 'node:worker_threads';
import { Arena } from '../../src/memory/arena.ts';

const { buffer, rounds, mark } = workerData as { buffer: SharedArrayBuffer; rounds: number; mark: number };
const arena = Arena.attach(buffer);
let damaged = 0;
parentPort?.postMessage('started');
for (let round = 0; round < rounds; round++) {
  const blocks: Array<{ offset: number; bytes: number }> = [];
  for (let i = 0; i < 8; i++) {
    const bytes = 1 + Math.floor(Math.random() * 300);
    const offset = arena.allocate(bytes, mark);
    for (let at = offset; at < offset + bytes; at++) if (arena.u8[at] !== 0) damaged++;
    arena.u8.fill(mark, offset, offset + bytes);
    blocks.push({ offset, bytes });
  }
  for (const { offset, bytes } of blocks) {
    for (let at = offset; at < offset + bytes; at++) if (arena.u8[at] !== mark) damaged++;
    arena.free(offset);
  }
}
parentPort?.postMessage({ damaged });
