import { describe, expect, test } from 'vitest';
import { parseMapOptions } from '../../../src/cli/map/options.ts';

describe('the options of reveille map', () => {
  test('a module is enough', () => {
    expect(parseMapOptions(['tasks.mjs'])).toEqual({
      module: 'tasks.mjs', exportName: undefined, input: undefined, output: undefined, errors: undefined,
      format: 'lines',
      threads: undefined, concurrency: 1, interval: undefined, retry: 0, timeout: undefined, ordered: false,
      maxErrors: Number.POSITIVE_INFINITY, skip: 0, progress: true, quiet: false,
    });
  });

  test('all of them at once', () => {
    const argv =
      'tasks.mjs --export f -i in.txt -o out.txt --errors e.ndjson --format ndjson -t 3 -c 4 --rate 100/s --retry 2 ' +
      '--timeout 500 --ordered --max-errors 7 --skip 12 --no-progress -q';
    expect(parseMapOptions(argv.split(' '))).toEqual({
      module: 'tasks.mjs', exportName: 'f', input: 'in.txt', output: 'out.txt', errors: 'e.ndjson', format: 'ndjson',
      threads: 3, concurrency: 4, interval: 10, retry: 2, timeout: 500, ordered: true, maxErrors: 7, skip: 12,
      progress: false, quiet: true,
    });
  });

  test('a dash is the standard stream', () => {
    const { input, output } = parseMapOptions(['m', '--input', '-', '--output', '-']);
    expect([input, output]).toEqual([undefined, undefined]);
  });

  test('the name of the input tells the format, unless the format is given', () => {
    expect(parseMapOptions(['m', '-i', 'a.ndjson']).format).toBe('ndjson');
    expect(parseMapOptions(['m', '-i', 'a.JSONL']).format).toBe('ndjson');
    expect(parseMapOptions(['m', '-i', 'a.csv']).format).toBe('lines');
    expect(parseMapOptions(['m', '-i', 'a.ndjson', '-f', 'lines']).format).toBe('lines');
  });

  test('--fail-fast bears no failure', () => {
    expect(parseMapOptions(['m', '--fail-fast']).maxErrors).toBe(0);
  });

  test.each([
    [[], 'Name the module'],
    [['a', 'b'], "Name one module: got also 'b'"],
    [['m', '--threads', '0'], "--threads takes a whole number of at least 1: got '0'"],
    [['m', '--concurrency', '1.5'], "--concurrency takes a whole number of at least 1: got '1.5'"],
    [['m', '--skip', '-1'], "--skip takes a whole number of at least 0: got '-1'"],
    [['m', '--retry', 'x'], "--retry takes a whole number of at least 0: got 'x'"],
    [['m', '--timeout', '0'], "--timeout takes a whole number of at least 1: got '0'"],
    [['m', '--max-errors', '99999999999999999999'], '--max-errors takes a whole number'],
    [['m', '--format', 'csv'], "--format takes 'ndjson' or 'lines': got 'csv'"],
    [['m', '--rate', '0'], "got '0'"],
    [['m', '--fail-fast', '--max-errors', '1'], '--fail-fast or --max-errors'],
  ])('refuses %j and says what it takes', (argv, message) => {
    expect(() => parseMapOptions(argv)).toThrow(message);
  });
});
