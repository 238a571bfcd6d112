import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PeerGoneError, ProtocolError } from '../../src/errors.ts';
import { FrameKind, makeFrame, uint32Bytes } from '../../src/rpc/frames/frame.ts';
import { encodeMessage } from '../../src/rpc/frames/message-codec.ts';
import { onVirtualClock } from '../pacing/_virtual-time.ts';
import { scaled } from '../support/scale.ts';
import { ended, makeWire, messages, openingWire, TestCarrier } from './_wire.ts';

const SECRET = 'a secret of sixteen bytes or more';

describe('a connection over bytes', () => {
  test('carries messages both ways, in order', async () => {
    const { near, far } = await makeWire();
    const sent = Array.from({ length: 100 }, (_, i) => ({ i, text: 'x'.repeat(i) }));
    for (const message of sent) near.connection.send(message);
    expect(await messages(far.connection, 100)).toEqual(sent);
    far.connection.send(new Map([[1, 2]]));
    expect(await messages(near.connection, 1)).toEqual([new Map([[1, 2]])]);
  });

  test('sends what a turn has to say in one write', async () => {
    const { near, far } = await makeWire();
    const before = near.written.length;
    for (let i = 0; i < 1_000; i++) near.connection.send({ i });
    await messages(far.connection, 1_000);
    expect(near.written.length - before).toBe(1);
  });

  test('keeps messages for a listener that comes late', async () => {
    const { near, far } = await makeWire();
    near.connection.send('first');
    near.connection.close(new Error('done'));
    expect((await ended(far.connection)).message).toContain('closed the connection: done');
    expect(await messages(far.connection, 1)).toEqual(['first']);
  });

  test('a listener that throws loses no message that follows', async () => {
    const { near, far } = await makeWire();
    const uncaught = new Promise<unknown>((resolve) => {
      const before = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.once('uncaughtException', (error) => {
        for (const listener of before) process.on('uncaughtException', listener);
        resolve(error);
      });
    });
    const received: unknown[] = [];
    const both = new Promise<void>((resolve) => {
      far.connection.onMessage((message) => {
        if (received.push(message) === 1) throw new Error('mine');
        resolve();
      });
    });
    near.connection.send(1);
    near.connection.send(2);
    await both;
    expect(received).toEqual([1, 2]);
    expect(await uncaught).toMatchObject({ message: 'mine' });
  });

  test('refuses a message that is longer than the other side takes, and stays', async () => {
    const { near, far } = await makeWire({}, { maxFrame: 2_048 });
    expect(() => near.connection.send('x'.repeat(3_000))).toThrow(/takes frames of at most 2048 bytes/);
    near.connection.send('short');
    expect(await messages(far.connection, 1)).toEqual(['short']);
  });

  test('keeps what is sent before both sides have agreed, and sends it then', async () => {
    const [near, far] = openingWire();
    near.send('early');
    far.send('early, too');
    expect([await messages(far, 1), await messages(near, 1)]).toEqual([['early'], ['early, too']]);
  });

  test('refuses what cannot be carried, and stays', async () => {
    const { near, far } = await makeWire();
    expect(() => near.connection.send({ f: () => {} })).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
    near.connection.send('fine');
    expect(await messages(far.connection, 1)).toEqual(['fine']);
  });
});

describe('the end of a connection', () => {
  test('is told once to both sides, with the reason, and what was sent before arrives', async () => {
    const { near, far } = await makeWire();
    const reason = new Error('enough');
    near.connection.send('last');
    near.connection.close(reason);
    near.connection.close(new Error('again'));
    near.connection.send('dropped');
    expect(await ended(near.connection)).toBe(reason);
    const told = await ended(far.connection);
    expect(told).toBeInstanceOf(PeerGoneError);
    expect(told.message).toMatch(/closed the connection: enough$/);
    expect(await messages(far.connection, 1)).toEqual(['last']);
    await Promise.all([near.connection.closed, far.connection.closed]);
  });

  test('is told to a listener that comes afterwards', async () => {
    const { near } = await makeWire();
    near.connection.close();
    await near.connection.closed;
    expect(await ended(near.connection)).toBeInstanceOf(PeerGoneError);
  });

  test('when the transport is lost, names the cause', async () => {
    const { near } = await makeWire();
    const cause = new Error('ECONNRESET');
    near.connection.lost(cause.message, cause);
    expect(await ended(near.connection)).toMatchObject({ code: 'ERR_PEER_GONE', cause });
  });

  test('destroys a transport that does not end', async () => {
    await onVirtualClock(async (clock) => {
      const { near } = await makeWire();
      near.obeys = false;
      near.connection.close();
      await clock.advance(999);
      expect(near.destroyed).toBe(false);
      await clock.advance(1);
      await near.connection.closed;
      expect(near.destroyed).toBe(true);
    });
  });

  test('by disposal, resolves once the transport is gone', async () => {
    const { near, far } = await makeWire();
    await near.connection[Symbol.asyncDispose]();
    expect(near.connection.ended).toBe(true);
    expect((await ended(far.connection)).name).toBe('PeerGoneError');
  });
});

describe('a side that does not read', () => {
  test('is congestion, until it has read', async () => {
    const { near, far } = await makeWire();
    const drained = new Promise<void>((resolve) => near.connection.onDrain(resolve));
    let sent = 0;
    for (; !near.connection.congested; sent++) near.connection.send(new Uint8Array(10_000));
    expect(sent).toBeGreaterThan(100);
    const received = messages(far.connection, sent);
    await drained;
    expect(near.connection.congested).toBe(false);
    await received;
  });

  test('loses its connection when it is more than may be kept for it', async () => {
    const { near, far } = await makeWire({ maxBuffered: 100_000 });
    far.other = undefined;
    for (let i = 0; i < 200; i++) near.connection.send(new Uint8Array(1_000));
    expect((await ended(near.connection)).message).toMatch(/left more than 100000 bytes of messages untaken/);
  });

  test('a side that sends more than may be kept is cut off', async () => {
    const { near, far } = await makeWire({}, { maxBuffered: 100_000 });
    for (let i = 0; i < 200; i++) near.connection.send(new Uint8Array(1_000));
    expect((await ended(far.connection)).message).toMatch(/sent more than 100000 bytes that nobody has asked for/);
    expect((await ended(near.connection)).message).toMatch(/sent more than 100000 bytes/);
  });
});

describe('the heartbeat', () => {
  const heartbeat = { interval: 1_000, timeout: 500 };

  test('asks nothing while the other side is heard', async () => {
    await onVirtualClock(async (clock) => {
      const { near, far } = await makeWire({ heartbeat });
      for (let i = 0; i < 10; i++) {
        far.connection.send(i);
        await clock.advance(900);
      }
      expect(near.written.map((frame) => frame[4])).not.toContain(FrameKind.ping);
      await closeBoth(near, far);
    });
  });

  test('asks a silent side, which answers and stays', async () => {
    await onVirtualClock(async (clock) => {
      const { near, far } = await makeWire({ heartbeat });
      await clock.advance(60_000);
      expect([near.connection.ended, far.connection.ended]).toEqual([false, false]);
      await closeBoth(near, far);
    });
  });

  test('counts a side that does not answer as gone, exactly then', async () => {
    await onVirtualClock(async (clock) => {
      const { near, far } = await makeWire({ heartbeat });
      near.other = undefined;
      far.other = undefined;
      await clock.advance(1_499);
      expect(near.connection.ended).toBe(false);
      const reason = ended(near.connection);
      await clock.advance(1);
      expect((await reason).message).toMatch(/nothing was heard for 1500 ms/);
      await closeBoth(near, far);
    });
  });

  test('holds no silence against a side whose words lie unread in this busy thread', async () => {
    await onVirtualClock(async (clock) => {
      const { near, far } = await makeWire({ heartbeat });
      far.other = undefined;
      await clock.advance(1_499);
      const looked = clock.advance(1);
      // What the deadline finds: an answer that has arrived but not been read.
      near.connection.take(makeFrame(FrameKind.pong));
      await looked;
      far.other = near;
      await clock.advance(5_000);
      expect(near.connection.ended).toBe(false);
      await closeBoth(near, far);
    });
  });
});

describe('the handshake', () => {
  test('is over when both know the secret, which is never sent', async () => {
    const { near, far } = await makeWire({ secret: SECRET }, { secret: new TextEncoder().encode(SECRET) });
    near.connection.send('trusted');
    expect(await messages(far.connection, 1)).toEqual(['trusted']);
    const wire = Buffer.concat([...near.written, ...far.written]);
    expect(wire.includes(SECRET)).toBe(false);
  });

  test.each([
    ['another secret', { secret: SECRET }, { secret: `${SECRET}!` }, /does not know the secret/],
    ['no secret here', {}, { secret: SECRET }, /asks for a secret; this one has none/],
    ['no secret there', { secret: SECRET }, {}, /knows no secret, and this one asks for it/],
  ])('fails for both with %s, and says so', async (_, near, far, message) => {
    const wire = await makeWire(near, far);
    for (const { connection } of [wire.near, wire.far]) {
      await expect(connection.opened).rejects.toThrow(ProtocolError);
      expect((await ended(connection)).message).toMatch(/secret/);
    }
    const reasons = await Promise.all([outcome(wire.near), outcome(wire.far)]);
    expect(reasons.join('\n')).toMatch(message);
  });

  test('a server proves nothing to a client that has proved nothing', async () => {
    const { far } = await makeWire({ secret: 'another secret of sixteen bytes' }, { secret: SECRET });
    const kinds = far.written.map((frame) => frame[4]);
    expect(kinds).toEqual([FrameKind.hello, FrameKind.bye]);
  });

  test('a proof that is sent back to who made it is none', async () => {
    const mirror = new TestCarrier('connecting', { secret: SECRET });
    mirror.other = mirror;
    mirror.connection.start();
    await expect(mirror.connection.opened).rejects.toThrow(/does not know the secret/);
  });

  test('a recorded handshake opens nothing', async () => {
    const { near } = await makeWire({ secret: SECRET });
    const replayed = new TestCarrier('accepting', { secret: SECRET });
    replayed.connection.start();
    for (const bytes of near.written) replayed.connection.take(bytes);
    await expect(replayed.connection.opened).rejects.toThrow(/does not know the secret/);
  });

  test('takes no longer than it may', async () => {
    await onVirtualClock(async (clock) => {
      const silent = new TestCarrier('accepting', { handshakeTimeout: 5_000 });
      silent.connection.start();
      const opened = expect(silent.connection.opened).rejects.toThrow(/was not over within 5000 ms/);
      await clock.advance(5_000);
      await opened;
      await silent.connection.closed;
    });
  });

  test('another version of the protocol is named', async () => {
    const { near, far } = { near: new TestCarrier('connecting', {}), far: new TestCarrier('accepting', {}) };
    near.connection.start();
    await Promise.resolve();
    const hello = Buffer.concat(near.written);
    hello[5 + 8] = 9;
    far.connection.take(hello);
    await expect(far.connection.opened).rejects.toThrow(/speaks version 9 of the protocol, this one version 1/);
  });
});

describe('garbage', () => {
  test.each([
    ['text of another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a message before the handshake', encodeMessage({ id: 1 })],
    ['a hello that is cut', makeFrame(FrameKind.hello, Buffer.from('reveille'))],
    ['a frame that is longer than any handshake', uint32Bytes(100_000)],
  ])('before the handshake, such as %s, ends the connection', async (_, bytes) => {
    const { connection } = new TestCarrier('accepting', {});
    connection.start();
    connection.take(bytes);
    await expect(connection.opened).rejects.toThrow(ProtocolError);
  });

  test.each([
    ['a frame longer than allowed', uint32Bytes(1_000_000)],
    ['a message that is no MessagePack', makeFrame(FrameKind.message, Buffer.from([0xc1, 0xc1]))],
    ['a frame of an unknown kind', makeFrame(99)],
    ['a second hello', makeFrame(FrameKind.hello, new Uint8Array(46))],
    ['more taken than sent', makeFrame(FrameKind.taken, uint32Bytes(1))],
    ['a count that is none', makeFrame(FrameKind.taken, new Uint8Array(3))],
  ])('afterwards, such as %s, ends it with the reason', async (_, bytes) => {
    const { near, far } = await makeWire({ maxFrame: 100_000 });
    far.connection.take(bytes);
    const reason = await ended(far.connection);
    expect(reason).toBeInstanceOf(PeerGoneError);
    expect(reason.cause).toBeInstanceOf(ProtocolError);
    expect((await ended(near.connection)).message).toContain((reason.cause as Error).message);
  });

  test('whatever it is, ends it or is let in, and nothing is thrown', async () => {
    const anyFrame = fc
      .record({ kind: fc.integer({ min: 0, max: 9 }), body: fc.uint8Array({ maxLength: 60 }) })
      .map(({ kind, body }) => makeFrame(kind, body));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(anyFrame, fc.uint8Array({ maxLength: 60 }))),
        fc.boolean(),
        async (bytes, open) => {
          const carrier = open ? (await makeWire()).far : new TestCarrier('accepting', {});
          carrier.connection.onMessage(() => {});
          for (const chunk of bytes) carrier.connection.take(chunk);
          carrier.connection.close();
          await carrier.connection.closed;
        },
      ),
      { numRuns: scaled(1_000) },
    );
  });
});

describe('options of a connection', () => {
  test.each([
    ['maxFrame', { maxFrame: 10 }, RangeError],
    ['maxFrame', { maxFrame: 2 ** 33 }, RangeError],
    ['maxBuffered', { maxBuffered: 'much' }, TypeError],
    ['secret', { secret: 'short' }, RangeError],
    ['secret', { secret: 5 }, TypeError],
    ['heartbeat.interval', { heartbeat: { interval: 0 } }, RangeError],
    ['heartbeat.timeout', { heartbeat: { timeout: '1' } }, TypeError],
    ['handshakeTimeout', { handshakeTimeout: -1 }, RangeError],
  ])('%s is checked: %o', (name, options, kind) => {
    const make = (): unknown => new TestCarrier('connecting', options as never);
    expect(make).toThrow(kind);
    expect(make).toThrow(name);
  });
});

async function closeBoth(near: TestCarrier, far: TestCarrier): Promise<void> {
  for (const { connection } of [near, far]) {
    connection.close();
    await connection.closed;
  }
}

async function outcome({ connection }: TestCarrier): Promise<string> {
  return connection.opened.then(
    () => 'opened',
    (error: Error) => error.message,
  );
}
