import '../support/install-runtime.ts';
import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { PLAIN } from '../../src/scheduler/posted.ts';
import { type Message, outgoingMessage, privateMessage } from '../../src/scheduler/message-lane.ts';
import { Payload } from '../../src/scheduler/payload.ts';
import { makeRegion } from './_region.ts';

/** What a message is once it has been posted and received. */
function arrived(message: Message): unknown {
  const { value, form, transfer } = message;
  const wire = new MessageChannel();
  wire.port1.postMessage({ value, form }, transfer as ArrayBuffer[]);
  const received = receiveMessageOnPort(wire.port2) as { message: Message };
  wire.port1.close();
  wire.port2.close();
  return new Payload(makeRegion(2, 1)).receive(received.message.form, received.message.value);
}

describe('privateMessage', () => {
  test('is a clone that later changes do not reach', () => {
    const value = { list: [1], map: new Map([[1, { a: 1 }]]) };
    const message = privateMessage(value, []);
    value.list.push(2);
    value.map.clear();
    expect(message.value).toEqual({ list: [1], map: new Map([[1, { a: 1 }]]) });
    expect(message).toMatchObject({ form: PLAIN, transfer: [], repeatable: true });
  });

  test('copies bytes and moves the copy', () => {
    const bytes = new Uint8Array([1, 2, 3, 4]);
    const message = privateMessage(bytes.subarray(1, 3), []);
    bytes.fill(9);
    expect(message.transfer).toHaveLength(1);
    const copy = arrived(message) as Uint8Array;
    expect(copy).toEqual(new Uint8Array([2, 3]));
    expect(copy.byteOffset).toBe(1);
    expect(copy.buffer.byteLength).toBe(4);
    expect((message.transfer[0] as ArrayBuffer).byteLength).toBe(0);
  });

  test.each([
    new Int8Array([-1]),
    new Uint8ClampedArray([1]),
    new Int16Array([1]),
    new Uint16Array([1]),
    new Int32Array([1]),
    new Uint32Array([1]),
    new Float32Array([0.5]),
    new Float64Array([0.1]),
    new BigInt64Array([1n]),
    new BigUint64Array([1n]),
    new DataView(new ArrayBuffer(4), 1, 2),
    new ArrayBuffer(3),
  ])('copies as what it is: %o', (binary) => {
    const value = arrived(privateMessage(binary, []));
    expect(value).not.toBe(binary);
    expect(value).toEqual(structuredClone(binary));
    expect(Object.prototype.toString.call(value)).toBe(Object.prototype.toString.call(binary));
  });

  test('copies an instance of a subclass as the type that it is of', () => {
    class Special extends Uint8Array {}
    for (const bytes of [new Special([1, 2]), Buffer.from([1, 2])]) {
      const copy = arrived(privateMessage(bytes, []));
      expect(Object.getPrototypeOf(copy)).toBe(Uint8Array.prototype);
      expect(copy).toEqual(new Uint8Array([1, 2]));
    }
  });

  test('leaves shared memory shared', () => {
    const words = new Int32Array(new SharedArrayBuffer(4));
    const { value, transfer } = privateMessage(words, []);
    Atomics.store(words, 0, 7);
    expect((value as Int32Array)[0]).toBe(7);
    expect(transfer).toEqual([]);
  });

  test('moves at once what its caller moves', () => {
    const bytes = new Uint8Array([1, 2]);
    const message = privateMessage({ bytes }, [bytes.buffer]);
    expect(bytes.byteLength).toBe(0);
    expect(message.repeatable).toBe(false);
    const { bytes: moved } = arrived(message) as { bytes: Uint8Array };
    expect([...moved]).toEqual([1, 2]);
  });

  test('can be posted on, with ports in it', () => {
    const { port1, port2 } = new MessageChannel();
    const message = privateMessage({ port: port2 }, [port2]);
    const wire = new MessageChannel();
    wire.port1.postMessage(message.value, message.transfer as MessagePort[]);
    const received = receiveMessageOnPort(wire.port2) as { message: { port: MessagePort } };
    received.message.port.postMessage('through two channels');
    expect(receiveMessageOnPort(port1)).toEqual({ message: 'through two channels' });
    for (const port of [port1, wire.port1, wire.port2, received.message.port]) port.close();
  });

  test('refuses what cannot be cloned, or is moved twice, as the platform does', () => {
    expect(() => privateMessage({ f: () => 1 }, [])).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
    const { buffer } = new Uint8Array(1);
    expect(() => privateMessage(buffer, [buffer, buffer])).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
  });

  test('moves views with their buffers wherever they are in it, and what is met twice stays one', () => {
    const bytes = new Uint8Array([1, 2, 3, 4]);
    const rest = new DataView(bytes.buffer, 1, 2);
    const copy = arrived(privateMessage({ id: 1, list: [bytes, rest, bytes] }, [bytes.buffer])) as {
      list: [Uint8Array, DataView, Uint8Array];
    };
    const [whole, part, again] = copy.list;
    expect(whole).toEqual(new Uint8Array([1, 2, 3, 4]));
    expect([part.byteOffset, part.byteLength, part.getUint8(0)]).toEqual([1, 2, 2]);
    expect(part.buffer).toBe(whole.buffer);
    expect(again).toBe(whole);
  });
});

describe('outgoingMessage', () => {
  test('leaves the clone to the posting', () => {
    const value = { a: 1 };
    expect(outgoingMessage(value, [])).toMatchObject({ form: PLAIN, transfer: [] });
    expect(outgoingMessage(value, []).value).toBe(value);
  });

  test('leaves what its task keeps: a copy of bytes is moved, not the bytes', () => {
    const bytes = new Uint8Array([1]);
    const message = outgoingMessage(bytes, []);
    expect(message.value).not.toBe(bytes);
    expect(message.transfer).toHaveLength(1);
  });
});
