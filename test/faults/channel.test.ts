/** Threads die while they send and receive: no message comes twice or out of order, and none is lost but with one. */
import { Channel, createPool, type Pool, Topic } from 'reveille';
import { describe, expect, test } from 'vitest';
import { MESSAGE_BLOCK } from '../../src/channel/message-cells.ts';
import { PATIENCE, scaled } from '../support/scale.ts';
import { type Random, seeded } from './_random.ts';
import { residue, settledLoop } from './_residue.ts';

type Tasks = typeof import('./_channel-tasks.mjs');

// On Deno the end of a thread and the start of another take 0.2 s of processor time: what is promised only in CI.
const isDeno = 'Deno' in globalThis;
const DEATHS = isDeno && scaled(200) < 200 ? 4 : scaled(200, 4);
/** For the tests that repeat the first with something else. */
const FEWER_DEATHS = scaled(isDeno ? 10 : 40, 2);
/** A thread dies whenever so many more messages have come through. */
const MESSAGES_PER_DEATH = 40;
/** How many blocks may be lost so: some instructions out of thousands leave one behind. */
const LOST_BLOCKS = 3;
/** Numbers that one sender may use. */
const ROOM = 4_096;
const SENDERS = 4 * DEATHS + 64;

/** Keeps four tasks going, and ends the thread under one of them now and then. */
class Shift {
  readonly sent = new Int32Array(new SharedArrayBuffer(SENDERS * 4));
  readonly seen = new Int32Array(new SharedArrayBuffer(SENDERS * ROOM * 4));
  deaths = 0;
  senders = 0;
  /** Rejections that are no deaths. */
  readonly wrong: unknown[] = [];
  readonly pool: Pool<Tasks>;
  readonly #random: Random;
  readonly #running = new Map<AbortController, Promise<void>>();
  #isOver = false;

  constructor(random: Random) {
    this.#random = random;
    this.pool = createPool<Tasks>(new URL('./_channel-tasks.mjs', import.meta.url), {
      threads: 4,
      workerData: { sent: this.sent, seen: this.seen, room: ROOM },
      execArgv: [],
    });
  }

  get running(): number {
    return this.#running.size;
  }

  /** Runs a task, and another of its sort when it has ended. */
  staff(start: (pool: Pool<Tasks>, signal: AbortSignal, random: Random) => Promise<unknown>): void {
    if (this.#isOver) return;
    const end = new AbortController();
    const settled = start(this.pool, end.signal, this.#random).catch((error: unknown) => {
      const { name } = error as Error;
      if (name === 'ThreadCrashedError') this.deaths++;
      if (name !== 'AbortError' && name !== 'ThreadCrashedError' && name !== 'ChannelClosedError')
        this.wrong.push(error);
    });
    const over = settled.then(() => {
      this.#running.delete(end);
      this.staff(start);
    });
    this.#running.set(end, over);
  }

  /** Ends the thread under one of the tasks, whatever it does; some end theirs by themselves. */
  kill(): void {
    this.deaths++;
    this.#random.pick([...this.#running.keys()]).abort();
  }

  async end(close: () => void): Promise<void> {
    this.#isOver = true;
    close();
    await Promise.all(this.#running.values());
  }
}

/** Milliseconds, against a hang: machines that have much else to do take a second for a death. */
const DEATHS_TIME = { timeout: Math.max(PATIENCE.timeout, 3_000 * DEATHS) };

describe('deaths', DEATHS_TIME, () => {
  test.each([
    [DEATHS, 3],
    [FEWER_DEATHS, 1],
    [FEWER_DEATHS, 64],
  ])('%i, of threads that send and receive through a channel of %i', (deaths, capacity) =>
    seeded(async (random) => {
      const before = residue();
      const shift = new Shift(random);
      const { pool, sent, seen } = shift;
      await pool.ready();
      const channel = new Channel<number | { id: number; text: string }>({ capacity });
      const ending = { killAfter: 0 };
      for (const blocking of [true, false]) {
        shift.staff((on, signal) => {
          const sender = shift.senders++;
          if (random.chance(0.2)) return on.run('exitAmidst', [channel, sender], { signal, ...ending });
          return on.run('send', [channel, sender, blocking], { signal, ...ending });
        });
      }
      for (const blocking of [true, false]) {
        shift.staff((on, signal) => on.run('receive', [channel, blocking], { signal, ...ending }));
      }

      const last = new Map<number, number>();
      let count = 0;
      for await (const message of channel) {
        const id = typeof message === 'number' ? message : message.id;
        const sender = Math.floor(id / ROOM);
        expect(id).toBeGreaterThan(last.get(sender) ?? -1);
        last.set(sender, id);
        Atomics.add(seen, id, 1);
        if (++count % MESSAGES_PER_DEATH === 0 && shift.deaths < deaths && shift.running > 0) shift.kill();
        if (shift.deaths >= deaths || shift.senders >= SENDERS - 4) break;
      }
      await shift.end(() => channel.close());
      for await (const message of channel) Atomics.add(seen, typeof message === 'number' ? message : message.id, 1);
      expect(shift.wrong).toEqual([]);

      let lost = 0;
      for (let sender = 0; sender < shift.senders; sender++) {
        for (let number = 0; number < ROOM; number++) {
          const times = seen[sender * ROOM + number] as number;
          if (times > 1) throw new Error(`Message ${number} of sender ${sender} came ${times} times`);
          if (number < (sent[sender] as number)) lost += 1 - times;
        }
      }
      // Only with a thread that had taken it.
      expect(lost).toBeLessThanOrEqual(shift.deaths);
      // Only now all who were ended are gone: their callers were answered before.
      const report = await pool.close();
      expect(report).toMatchObject({ clean: true });
      channel[Symbol.dispose]();
      await settledLoop();
      // A thread that dies right after it has allocated a block takes it along.
      const { [MESSAGE_BLOCK]: lostBlocks = 0, ...blocks } = residue().blocks;
      expect(lostBlocks - (before.blocks[MESSAGE_BLOCK] ?? 0)).toBeLessThanOrEqual(LOST_BLOCKS);
      const { [MESSAGE_BLOCK]: _, ...blocksBefore } = before.blocks;
      expect(blocks).toEqual(blocksBefore);
    }),
  );

  test(`${FEWER_DEATHS}, of threads that publish to a topic and listen`, () =>
    seeded(async (random) => {
      const before = residue();
      const shift = new Shift(random);
      const { pool } = shift;
      await pool.ready();
      const topic = new Topic<number>({ capacity: 8 });
      const subscription = topic.subscribe();
      const ending = { killAfter: 0 };
      for (let i = 0; i < 2; i++) {
        shift.staff((on, signal) => on.run('publish', [topic, shift.senders++], { signal, ...ending }));
      }
      shift.staff((on, signal) => on.run('listen', [topic, 'block'], { signal, ...ending }));
      shift.staff((on, signal) => on.run('listen', [topic, 'dropOldest'], { signal, ...ending }));

      const next = new Map<number, number>();
      let count = 0;
      for await (const id of subscription) {
        const publisher = Math.floor(id / ROOM);
        // Nothing is missed, whoever dies.
        expect(id % ROOM).toBe(next.get(publisher) ?? 0);
        next.set(publisher, (id % ROOM) + 1);
        if (++count % MESSAGES_PER_DEATH === 0 && shift.deaths < FEWER_DEATHS && shift.running > 0) shift.kill();
        if (shift.deaths >= FEWER_DEATHS || shift.senders >= SENDERS - 4) break;
      }
      await shift.end(() => topic.close());
      expect(shift.wrong).toEqual([]);
      await pool.close();
      // Its own.
      expect(topic.subscribers).toBe(1);
      topic[Symbol.dispose]();
      await settledLoop();
      expect(residue().blocks).toEqual(before.blocks);
    }));
});
