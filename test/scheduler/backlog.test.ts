import '../support/install-runtime.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Decoder } from '../../src/channel/codec/decoder.ts';
import { Arena } from '../../src/memory/arena.ts';
import { Backlog, type BacklogPlace, type BacklogTask } from '../../src/scheduler/backlog.ts';
import { CARRIER_INLINE, CARRIER_MESSAGE, CARRIER_NUMBER, CARRIER_UNDEFINED } from '../../src/scheduler/layout.ts';
import { RunControl } from '../../src/scheduler/run-control.ts';

const { buffer } = Arena.create(65_536);
const decoder = new Decoder();

/** The arguments of a task that was taken out. */
function argumentsOf(task: BacklogTask): unknown {
  if (task.carrier === CARRIER_UNDEFINED) return undefined;
  if (task.carrier === CARRIER_NUMBER) return task.number;
  return decoder.decode(task.bytes, 0, task.bytes.length);
}

function push(backlog: Backlog, task: number, value: unknown, control?: RunControl): BacklogPlace | undefined {
  return backlog.push(task, backlog.encode(value), () => {}, control);
}

describe('Backlog', () => {
  test('gives tasks back in order, each with its arguments, settle function and control', () => {
    const backlog = new Backlog(buffer);
    const control = new RunControl('task', {});
    const settle = (): void => {};
    backlog.push(7, backlog.encode({ a: [1, 'two'] }), settle, control);
    push(backlog, 8, 0.5);
    push(backlog, 9, undefined);
    expect(backlog.size).toBe(3);
    const first = backlog.shift() as BacklogTask;
    expect(first).toMatchObject({ task: 7, carrier: CARRIER_INLINE });
    expect(first.settle).toBe(settle);
    expect(first.control).toBe(control);
    expect(argumentsOf(first)).toEqual({ a: [1, 'two'] });
    const second = backlog.shift() as BacklogTask;
    expect(second).toMatchObject({ task: 8, carrier: CARRIER_NUMBER, number: 0.5, control: undefined });
    expect(backlog.shift()).toMatchObject({ task: 9, carrier: CARRIER_UNDEFINED });
    expect(backlog.shift()).toBeUndefined();
    expect(backlog.size).toBe(0);
  });

  test('does what an array does, with cancellations in between', () => {
    const text = fc.string({ maxLength: 40 });
    const value = fc.oneof(fc.double(), fc.constant(undefined), text, fc.array(fc.integer(), { maxLength: 5 }));
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ name: fc.constant('push' as const), value }) },
      { weight: 2, arbitrary: fc.record({ name: fc.constant('shift' as const), value: fc.constant(undefined) }) },
      { weight: 1, arbitrary: fc.record({ name: fc.constant('remove' as const), value: fc.nat(20) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const backlog = new Backlog(buffer);
        const model: Array<{ task: number; value: unknown; place: BacklogPlace }> = [];
        steps.forEach(({ name, value: given }, task) => {
          if (name === 'push') {
            const place = push(backlog, task, given, new RunControl('task', {})) as BacklogPlace;
            model.push({ task, value: given, place });
          } else if (name === 'shift') {
            const expected = model.shift();
            const found = backlog.shift();
            expect(found?.task).toBe(expected?.task);
            if (found !== undefined) expect(argumentsOf(found)).toEqual(expected?.value);
          } else if (model.length > 0) {
            const [removed] = model.splice((given as number) % model.length, 1);
            backlog.remove((removed as (typeof model)[number]).place);
          }
          expect(backlog.size).toBe(model.length);
        });
        for (const expected of model) expect(backlog.shift()?.task).toBe(expected.task);
        expect(backlog.shift()).toBeUndefined();
      }),
      { numRuns: 80 },
    );
  });

  test('holds thousands of tasks, over many chunks, with arguments that outgrow them', () => {
    const backlog = new Backlog(buffer);
    const value = (i: number): unknown => (i % 3 === 0 ? i : { i, text: 'x'.repeat(i % 500) });
    for (let i = 0; i < 5000; i++) push(backlog, i, value(i));
    expect(backlog.size).toBe(5000);
    for (let i = 0; i < 5000; i++) {
      const task = backlog.shift() as BacklogTask;
      expect(task.task).toBe(i);
      if (i % 97 === 0) expect(argumentsOf(task)).toEqual(value(i));
    }
    expect(backlog.shift()).toBeUndefined();
  });

  test('takes arguments that are larger than a chunk', () => {
    const backlog = new Backlog(buffer);
    push(backlog, 1, 'small');
    push(backlog, 2, 'y'.repeat(500_000));
    push(backlog, 3, 'small again');
    expect(argumentsOf(backlog.shift() as BacklogTask)).toBe('small');
    expect(argumentsOf(backlog.shift() as BacklogTask)).toBe('y'.repeat(500_000));
    expect(argumentsOf(backlog.shift() as BacklogTask)).toBe('small again');
  });

  test('says what the codec does not carry, and queues nothing', () => {
    const backlog = new Backlog(buffer);
    expect(backlog.encode(new SharedArrayBuffer(4))).toBe(CARRIER_MESSAGE);
    expect(backlog.encode(() => 1)).toBe(CARRIER_MESSAGE);
    expect(backlog.size).toBe(0);
    push(backlog, 1, [1]);
    expect(argumentsOf(backlog.shift() as BacklogTask)).toEqual([1]);
  });

  test('takes over arguments that are encoded already', () => {
    const backlog = new Backlog(buffer);
    const source = new Backlog(buffer);
    push(source, 1, { a: 1 });
    const { carrier, bytes } = source.shift() as BacklogTask;
    backlog.adopt(carrier, 0, bytes);
    backlog.push(1, carrier, () => {}, undefined);
    backlog.adopt(CARRIER_NUMBER, 42, undefined);
    backlog.push(2, CARRIER_NUMBER, () => {}, undefined);
    backlog.adopt(CARRIER_UNDEFINED, 0, undefined);
    backlog.push(3, CARRIER_UNDEFINED, () => {}, undefined);
    expect([1, 2, 3].map(() => argumentsOf(backlog.shift() as BacklogTask))).toEqual([{ a: 1 }, 42, undefined]);
  });
});
