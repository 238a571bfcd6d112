/**
 * Remote objects between the threads of a scenario, over shared memory: real channels, connections, links and Comlink.
 * What is not real: the port beside the channels (`_port.ts`), and who tells of deaths.
 */
import './_uncollected.ts';
import { deepStrictEqual } from 'node:assert/strict';
import { arenaMemory, bellWords, takePlace } from './_arena.ts';
import { ModelPort, PORT_BYTES } from './_port.ts';
import '../../src/channel/channel.ts';
import { CHANNEL_ROOM } from '../../src/channel/channel-room.ts';
import { formatQueue, queueBytes } from '../../src/channel/message-queue.ts';
import { Arena } from '../../src/memory/arena.ts';
import type { Handle } from '../../src/memory/shared-object.ts';
import { ChannelConnection, type ChannelEnd } from '../../src/rpc/channel-connection.ts';
import { forgetThread } from '../../src/signal/forget-thread.ts';
import { INTEREST, KIND, PRIMITIVE_BYTES } from '../../src/signal/primitive-block.ts';
import type { CheckContext, Scenario, ThreadContext } from './scenario.ts';

/** The kind of the block that has the words of the port. */
const PORT_KIND = 0x4d50;
const HEAD = 16;
const TAIL = 32;

/** Where things lie: what side 0 sends, what side 1 sends, and the port. */
export interface RpcShared {
  readonly there: Handle;
  readonly back: Handle;
  readonly port: number;
}

/** A thread's end of the connection. */
export class ModelEnd {
  readonly arena: Arena;
  readonly end: ChannelEnd;
  readonly #port: ModelPort;

  constructor(arena: Arena, shared: RpcShared, side: 0 | 1) {
    const { buffer } = arena;
    const there = { ...shared.there, buffer };
    const back = { ...shared.back, buffer };
    const [sending, receiving] = side === 0 ? [there, back] : [back, there];
    this.arena = arena;
    this.#port = new ModelPort(arena, shared.port, side);
    this.end = { reveille: 'channel', side, sending, receiving, port: this.#port as never };
  }

  get connection(): ChannelConnection {
    return ChannelConnection.at(this.end);
  }

  /** Resolves once the port has closed. */
  get isOver(): Promise<void> {
    return this.#port.isOver;
  }

  /** The platform closes the port of a thread that has stopped. */
  otherSideDied(): void {
    this.#port.otherEndDied();
  }
}

export type RpcScenario = Scenario<RpcShared, ModelEnd>;
export type RpcContext = ThreadContext<RpcShared, ModelEnd>;
type Parts = Pick<RpcScenario, 'memory' | 'setup' | 'attach' | 'words' | 'check'>;

/**
 * The parts of a scenario about a connection whose channels hold so many records. Threads 0 and 1 have the sides of
 * these numbers, or the other way round with `turned`; others have none.
 */
export function connectionOf(capacity: number, turned = false): Parts {
  return {
    memory: arenaMemory,

    setup: (buffer) => {
      const arena = Arena.attach(buffer);
      return {
        there: makeChannel(arena, capacity),
        back: makeChannel(arena, capacity),
        port: arena.allocate(PORT_BYTES, PORT_KIND),
      };
    },

    attach: ({ buffer, shared, thread }) => {
      takePlace({ buffer, thread });
      return new ModelEnd(Arena.attach(buffer), shared, (thread % 2 === 0) !== turned ? 0 : 1);
    },

    words: (buffer, { there, back, port }) => ({
      ...bellWords(),
      ...ModelPort.words(port),
      ...channelWords(buffer, there, 'there', capacity),
      ...channelWords(buffer, back, 'back', capacity),
    }),

    check: nothingIsLeft,
  };
}

/** At the end both channels have been given back, and whatever messages lay in blocks of their own. */
export function nothingIsLeft({ buffer }: Pick<CheckContext<RpcShared>, 'buffer'>): void {
  const kinds = [...Arena.attach(buffer).blocks()].map(({ kind }) => kind);
  deepStrictEqual(kinds, [PORT_KIND]);
}

/**
 * The same, but for what a side with number 0 leaves that has said good-bye and dies before it has given all of it
 * back: then there may be some of the two channels.
 */
export function channelsMayBeLeft(context: CheckContext<RpcShared>): void {
  const { buffer, died, shared } = context;
  if (died[0] !== true || !ModelPort.wasPostedTo(Arena.attach(buffer), shared.port, 1)) return nothingIsLeft(context);
  const kinds = [...Arena.attach(buffer).blocks()].map(({ kind }) => kind);
  deepStrictEqual(
    kinds.filter((kind) => kind !== CHANNEL_ROOM && kind !== KIND.channel),
    [PORT_KIND],
  );
}

/** Who notices the death of a thread, and in which order: the thread that started it, and the port that it held. */
export type Notice = 'first the port' | 'first the starter' | 'another thread';

/** Waits for the death of the other side; its port closes, and what it left is cleared up. */
export async function followDeath({ buffer, local, nextDeath }: RpcContext, notice: Notice): Promise<void> {
  const dead = await nextDeath();
  if (dead === undefined) return;
  const arena = Arena.attach(buffer);
  if (notice === 'first the starter') forgetThread(arena, dead);
  local.otherSideDied();
  if (notice !== 'first the port') return;
  // The port tells in a turn of its own.
  await local.isOver;
  forgetThread(arena, dead);
}

/** Clears up after the death as a thread would that has neither side. */
export async function bury({ buffer, nextDeath }: Pick<RpcContext, 'buffer' | 'nextDeath'>): Promise<void> {
  const dead = await nextDeath();
  if (dead !== undefined) forgetThread(Arena.attach(buffer), dead);
}

function makeChannel(arena: Arena, capacity: number): Handle {
  const room = arena.allocate(PRIMITIVE_BYTES, CHANNEL_ROOM);
  const offset = arena.allocate(queueBytes(capacity), KIND.channel);
  formatQueue(arena, offset, capacity, room);
  return { buffer: arena.buffer, kind: KIND.channel, offset };
}

function channelWords(buffer: SharedArrayBuffer, { offset }: Handle, name: string, capacity: number): object {
  const room = Arena.attach(buffer).i32[(offset >> 2) + 6] as number;
  const names: Record<string, number> = {
    [`receivers ${name}`]: offset + INTEREST * 4,
    [`senders ${name}`]: room + INTEREST * 4,
    [`head ${name}`]: offset + HEAD * 4,
    [`tail ${name}`]: offset + TAIL * 4,
  };
  for (let cell = 0; cell < capacity; cell++) names[`cell ${cell} ${name}`] = offset + (48 + cell * 4) * 4;
  return names;
}
