import { describe, expect, test } from 'vitest';
import { describeError, FailureLog, SHOWN } from '../../../src/cli/map/failure-log.ts';

const failure = (line: number) => ({ line, input: `in ${line}`, error: new TypeError('no\n  good'), attempts: 1 });

describe('FailureLog', () => {
  test('shows the first failures by line and counts the rest', () => {
    const shown: string[] = [];
    const settled: number[] = [];
    const log = new FailureLog({ show: (text) => shown.push(text), settled: (line) => settled.push(line) });
    for (let line = 1; line <= SHOWN + 5; line++) log.add(failure(line));
    expect(shown.length).toBe(SHOWN);
    expect(shown[0]).toBe('line 1: TypeError: no good');
    expect([log.count, log.unseen]).toEqual([SHOWN + 5, 5]);
    expect(settled.length).toBe(SHOWN + 5);
  });

  test('records every failure with its line, error and input; it is settled when that is written', () => {
    const records: Array<[string, number]> = [];
    const settled: number[] = [];
    const log = new FailureLog({
      show: () => {},
      settled: (line) => settled.push(line),
      record: (text, line) => records.push([text, line]),
    });
    log.add(failure(7));
    log.add({ line: 8, input: '{}', error: Object.assign(new Error('gone'), { code: 'E_GONE' }), attempts: 3 });
    expect(records.map(([text, line]) => [JSON.parse(text), line])).toEqual([
      [{ line: 7, error: { name: 'TypeError', message: 'no\n  good' }, input: 'in 7' }, 7],
      [{ line: 8, error: { name: 'Error', message: 'gone', code: 'E_GONE' }, attempts: 3, input: '{}' }, 8],
    ]);
    expect(settled).toEqual([]);
  });
});

test('whatever was thrown has a text', () => {
  const circular: unknown[] = [];
  circular.push(circular);
  expect([new RangeError('r'), 'text', { a: 1 }, undefined, 5n, circular].map(describeError)).toEqual([
    'RangeError: r', 'Thrown: text', 'Thrown: {"a":1}', 'Thrown: undefined', 'Thrown: 5', 'Thrown: ',
  ]);
});
