import { describe, expect, test } from 'vitest';
import { parseFlags } from '../../src/cli/flags.ts';

const FLAGS = {
  input: { type: 'string', short: 'i' },
  ordered: { type: 'boolean' },
  skip: { type: 'string' },
} as const;

describe('parseFlags', () => {
  test('takes values after a space, after an equals sign and after a short form', () => {
    expect(parseFlags(['--input', 'a'], FLAGS).text('input')).toBe('a');
    expect(parseFlags(['--input=a=b'], FLAGS).text('input')).toBe('a=b');
    expect(parseFlags(['-i', 'a'], FLAGS).text('input')).toBe('a');
    expect(parseFlags(['--input', '-'], FLAGS).text('input')).toBe('-');
  });

  test('tells positionals from options, and all after -- is positional', () => {
    const flags = parseFlags(['a', '--ordered', 'b', '--', '--input'], FLAGS);
    expect(flags.positionals).toEqual(['a', 'b', '--input']);
    expect(flags.has('ordered')).toBe(true);
    expect(flags.text('input')).toBeUndefined();
  });

  test.each([
    [['--ordred'], "Unknown option --ordred; did you mean '--ordered'?"],
    [['-x'], 'Unknown option -x'],
    [['--toString'], 'Unknown option --toString'],
    [['--input'], 'Option --input needs a value'],
    [['--input='], 'Option --input needs a value'],
    [['--input', '--ordered'], 'Option --input needs a value'],
    [['--ordered=yes'], "Option --ordered takes no value: got 'yes'"],
    [['--skip', '1', '--skip', '2'], 'Option --skip is given twice'],
  ])('refuses %j and says why', (argv, message) => {
    expect(() => parseFlags(argv, FLAGS)).toThrow(message);
  });
});
