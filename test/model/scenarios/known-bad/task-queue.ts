/** A queue whose reader passes an entry before it claims the slot: if it dies in between, the task is nobody's. */
import { compareExchange, load } from '../../../../src/memory/atomic.ts';
import { HEAD, type Region, SLOT_WORDS, STATE } from '../../../../src/scheduler/layout.ts';
import { NONE, TaskQueueReader } from '../../../../src/scheduler/task-queue.ts';
import { type QueueScenario, readerMayDie } from '../task-queue.ts';

class HastyReader extends TaskQueueReader {
  readonly #region: Region;
  readonly #thread: number;

  constructor(region: Region, thread: number) {
    super(region, thread);
    this.#region = region;
    this.#thread = thread;
  }

  override claim(): number {
    const { i32, base, entries, slots } = this.#region;
    for (;;) {
      const position = load(i32, base + HEAD);
      const entry = load(i32, entries + position);
      if (entry === 0) return NONE;
      if (compareExchange(i32, base + HEAD, position, position + 1) !== position) continue;
      const state = slots + (entry & 0xfff) * SLOT_WORDS + STATE;
      const tag = entry & ~0xfff;
      if (compareExchange(i32, state, tag | 1, tag | (this.#thread << 2) | 2) === (tag | 1)) return entry & 0xfff;
    }
  }
}

export const broken: QueueScenario = readerMayDie(HastyReader);

/** Claims first; anyone may then move past the entry. */
export const repaired: QueueScenario = readerMayDie(TaskQueueReader);
