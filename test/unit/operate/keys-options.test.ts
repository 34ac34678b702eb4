import { beforeEach, describe, expect, test, vi } from 'vitest';
import { readOptions, UsageError } from '../../../operate/cli.ts';
import { keysOptions } from '../../../operate/keys-options.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const read = (args: readonly string[]) => readOptions(keysOptions(NOW), args);

const CREATE = ['create', '--port', '5000', '--name', 'shop'];

// The tests' own would be a second system beside those that the options name.
beforeEach(() => {
  vi.stubEnv('DATABASE_URL', undefined);
});

describe('npm run keys', () => {
  test('reads what a key is to be', () => {
    const args = ['--scopes', 'wallets:read,reports:read,wallets:read', '--expires', '90d', '--limit', '50'];
    expect(read([...CREATE, ...args])).toEqual({
      command: {
        ...{ command: 'create', name: 'shop', scopes: ['wallets:read', 'reports:read'], limit: 50 },
        expiresAt: '2027-02-20T12:00:00.000Z',
      },
      target: { database: 'postgres://local:local@127.0.0.1:5004/my_little_ps' },
    });
  });

  test('takes a time with an offset', () => {
    const options = read([...CREATE, '--scopes', 'admin', '--expires', '2027-01-31T12:00:00+02:00']);
    expect(options?.command).toMatchObject({ expiresAt: '2027-01-31T10:00:00.000Z' });
  });

  test('reads a stage and its region', () => {
    const stage = ['--stage', 'prod', '--region', 'eu-north-1'];
    expect(read(['list', ...stage])).toEqual({
      command: { command: 'list' },
      target: { stage: 'prod', region: 'eu-north-1' },
    });
  });

  test('helps where it is asked to', () => {
    expect(read(['--help'])).toBeUndefined();
    expect(read(['create', '--help'])).toBeUndefined();
  });

  test.each<[string[], string]>([
    [[], 'The command is create, list or revoke.'],
    [['remove'], 'The command is create, list or revoke, not "remove".'],
    [['list', 'all'], 'Nothing follows list, but here "all" does.'],
    [['list', '--name', 'a'], '--name goes with create alone.'],
    [['revoke'], 'revoke takes the id that list shows, a UUID, and got none.'],
    [['revoke', '7'], 'revoke takes the id that list shows, a UUID, not "7".'],
    [['list', '--all'], "Unknown option '--all'"],
    [['create', '--scopes', 'admin'], 'create needs --name'],
    [['create', '--name', 'a'], 'create needs --scopes, some of currencies:write,'],
    [[...CREATE, '--scopes', 'wallets:raed'], 'with commas between, not "wallets:raed".'],
    [[...CREATE, '--scopes', ''], 'not "".'],
    [['create', '--name', ' ', '--scopes', 'admin'], '--name must have a visible character'],
    [['create', '--name', 'x'.repeat(101), '--scopes', 'admin'], '--name must have at most 100 characters'],
    [[...CREATE, '--scopes', 'admin', '--limit', '0'], '--limit takes a number from 1 to 10000, not "0".'],
    [[...CREATE, '--scopes', 'admin', '--limit', '10001'], '--limit takes a number from 1 to 10000'],
    [[...CREATE, '--scopes', 'admin', '--limit', '1.5'], '--limit takes a number from 1 to 10000'],
    [[...CREATE, '--scopes', 'admin', '--expires', '0d'], '--expires takes days from 1d to 9999d or a time'],
    [[...CREATE, '--scopes', 'admin', '--expires', '2027-01-31'], '--expires takes days'],
    [[...CREATE, '--scopes', 'admin', '--expires', '2027-13-31T00:00:00Z'], '--expires takes days'],
    [
      [...CREATE, '--scopes', 'admin', '--expires', '2026-11-22T11:00:00Z'],
      '--expires takes a time in the future',
    ],
    [['list', '--port', '80'], '--port takes a number from 1024'],
    [['list', '--region', 'eu-north-1'], '--region goes with --stage alone.'],
    [['list', '--stage', 'a b'], '--stage takes the name of a stage'],
    [['list', '--stage', 'prod', '--port', '5000'], '--port and --stage name two systems'],
  ])('says what is wrong with %j', (args, sentence) => {
    expect(() => read(args)).toThrow(UsageError);
    expect(() => read(args)).toThrow(sentence);
    expect(() => read(args)).toThrow('npm run keys -- --help lists the options.');
  });
});
