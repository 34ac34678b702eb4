import { afterEach, describe, expect, test, vi } from 'vitest';
import { messageOf, runCommand, UsageError, wholeNumber, wrapped } from '../../../operate/cli.ts';

const out = vi.spyOn(console, 'log').mockReturnValue();
const err = vi.spyOn(console, 'error').mockReturnValue();

afterEach(() => {
  vi.clearAllMocks();
});

/** A command that counts, and fails for every count that is unlucky. */
const COUNT = {
  script: 'npm run count',
  help: 'Counts.',
  options: { to: { type: 'string', default: '3' } },
  read: ({ to }: { readonly to: string }) => wholeNumber('to', to),
  run: async (to: number) => {
    if (to === 13) throw new Error('13 brings bad luck.');
    if (to === 14) throw new UsageError('COUNT takes less than 14.');
    console.log(to);
    return to === 7 ? 1 : 0;
  },
} as const;

/** The exit code, and what was printed where. */
async function run(args: readonly string[], more: { failed?: number; takesWords?: boolean } = {}) {
  const code = await runCommand({ ...COUNT, ...more }, args);
  return { code, out: out.mock.calls.flat(), err: err.mock.calls.flat() };
}

describe('a command', () => {
  test.each([
    [[], { code: 0, out: [3], err: [] }],
    [['--to', '5'], { code: 0, out: [5], err: [] }],
    [['--to', '7'], { code: 1, out: [7], err: [] }],
    [['--help'], { code: 0, out: ['Counts.'], err: [] }],
    [['-h'], { code: 0, out: ['Counts.'], err: [] }],
    [['--to', 'x', '-h'], { code: 0, out: ['Counts.'], err: [] }],
    [['--to', '13'], { code: 1, out: [], err: ['13 brings bad luck.'] }],
    [['--to', '14'], { code: 2, out: [], err: ['COUNT takes less than 14.'] }],
  ])('with %j ends with a code, and prints what there is to say', async (args, outcome) => {
    expect(await run(args)).toEqual(outcome);
  });

  test.each([
    [['--ot', '5'], "Unknown option '--ot'"],
    [['--to'], 'argument missing'],
    [['5'], "Unexpected argument '5'"],
    [['--to', '0'], '--to takes a positive whole number, not "0".'],
    [['--to', '1e3'], '--to takes a positive whole number, not "1e3".'],
    [['--to', '1000000000'], '--to takes a positive whole number, not "1000000000".'],
  ])('refuses %j with a sentence, tells of --help and ends with 2', async (args, sentence) => {
    const outcome = await run(args);
    expect(outcome).toMatchObject({ code: 2, out: [] });
    expect(outcome.err[0]).toContain(sentence);
    expect(outcome.err[0]).toMatch(/\nnpm run count -- --help lists the options\.$/);
  });

  test('may end with another code where it fails, and take words', async () => {
    expect(await run(['please', '--to', '13'], { failed: 2, takesWords: true })).toMatchObject({ code: 2 });
  });
});

describe('what went wrong', () => {
  const refused = (address: string) => new Error(`connect ECONNREFUSED ${address}:1`);

  test.each([
    [new Error('No.'), 'No.'],
    ['No.', 'No.'],
    [undefined, 'undefined'],
    [Object.assign(new Error(''), { code: 'ECONNRESET' }), 'ECONNRESET'],
    [new TypeError(''), 'TypeError'],
    // As Node refuses a connection to localhost.
    [
      Object.assign(new AggregateError([refused('::1'), refused('127.0.0.1')]), { code: 'ECONNREFUSED' }),
      'connect ECONNREFUSED ::1:1, connect ECONNREFUSED 127.0.0.1:1',
    ],
    [
      new AggregateError([new AggregateError([refused('::1'), refused('::1')])]),
      'connect ECONNREFUSED ::1:1',
    ],
    [new AggregateError([], 'Nothing to try.'), 'Nothing to try.'],
  ])('is told in words: %#', (error, words) => {
    expect(messageOf(error)).toBe(words);
  });
});

test('a help text is filled to 80 columns, descriptions in their column', () => {
  const text = 'word '.repeat(20).trim();
  const help = wrapped(
    `Does\nthis.\n\n  npm run it -- ${text}\n\n  --port N  ${text}\n            more\n  -h        this\n\n${text}`,
  );
  for (const line of help.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  expect(help).toMatch(/^Does this\.\n\n {2}npm run it -- word .*\n {6}word/);
  expect(help).toMatch(/\n {2}--port N {2}word .*\n {12}word .* more\n {2}-h {8}this\n\nword /);
  expect(help.replace(/\s+/g, ' ')).toBe(
    `Does this. npm run it -- ${text} --port N ${text} more -h this ${text}`,
  );
});
