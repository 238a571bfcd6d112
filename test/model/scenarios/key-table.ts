/** The key table: three threads that add the same shapes, and what they then name to each other. */
import { ok, strictEqual } from 'node:assert/strict';
import { KeyTable, NO_PLACE } from '../../../src/channel/codec/key-table.ts';
import { KeyTrie } from '../../../src/channel/codec/key-trie.ts';
import { scenario, type Scenario, type ThreadContext } from '../scenario.ts';

const THREADS = 3;
const TABLE = 64;
const TABLE_BYTES = 256;
/** Both have the same length. */
const BLOCKS = [blockOf('a', 'b'), blockOf('c', 'd')] as const;

interface Local {
  readonly table: KeyTable;
  /** What each thread has named: a place, counted from 1, for each block. */
  readonly named: Int32Array;
}

type TableScenario = Scenario<undefined, Local>;

function blockOf(...keys: string[]): Int32Array {
  let node = new KeyTrie().root;
  for (const key of keys) node = node.next(key) as typeof node;
  return node.block;
}

function assertHeld({ table }: Local, block: Int32Array, place: number): void {
  for (let i = 0; i < block.length; i++) strictEqual(table.words[place + i], block[i]);
}

/** Gives the blocks their places in this order, names each, and reads what the others have named. */
const adds =
  (...order: ReadonlyArray<0 | 1>) =>
  ({ local, thread }: ThreadContext<undefined, Local>): void => {
    for (const which of order) {
      const place = local.table.placeOf(BLOCKS[which]);
      ok(place !== NO_PLACE);
      Atomics.store(local.named, thread * 2 + which, place + 1);
      const other = Atomics.load(local.named, ((thread + 1) % THREADS) * 2 + which);
      if (other !== 0) assertHeld(local, BLOCKS[which], other - 1);
    }
  };

const parts: Pick<TableScenario, 'memory' | 'attach' | 'check'> = {
  memory: TABLE + TABLE_BYTES,
  attach: ({ buffer }) => ({
    table: new KeyTable(buffer, TABLE, TABLE_BYTES),
    named: new Int32Array(buffer, 0, THREADS * 2),
  }),
  /** At rest: whatever was named is there, and whoever asks next gets one of those places. */
  check: ({ buffer }) => {
    const local: Local = { table: new KeyTable(buffer, TABLE, TABLE_BYTES), named: new Int32Array(buffer, 0, 6) };
    local.named.forEach((place, i) => place !== 0 && assertHeld(local, BLOCKS[(i % 2) as 0 | 1], place - 1));
    for (const block of BLOCKS) {
      const place = local.table.placeOf(block);
      assertHeld(local, block, place);
      strictEqual(local.table.placeOf(block), place);
    }
  },
};

/** Each adds both, one of them in the other order. */
export const added: TableScenario = scenario({ ...parts, threads: [adds(0, 1), adds(1, 0), adds(0, 1)] });

/** One of those that add dies at any step. */
export const adderDies: TableScenario = scenario({
  ...parts,
  threads: [adds(0, 1), adds(0, 1), adds(1)],
  mortal: [0],
  budget: { deaths: 1 },
});
