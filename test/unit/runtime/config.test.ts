import { describe, expect, test } from 'vitest';
import { MAX_WALLET_GROUPS, readConfig } from '../../../lib/runtime/config.ts';

const GOOD = {
  DATABASE_URL: 'postgres://user:hunter2@db.example.com:5432/ledger',
  QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/operations.fifo',
  EVENT_BUS_NAME: 'my-little-ps',
  REPORTS_BUCKET: 'my-little-ps-reports',
  WALLET_GROUPS: '4',
  API_KEYS: 'required',
};
/** The variable of a setting. */
const variableOf = (name: string): string => (name === 'database' ? 'DATABASE_URL' : name);

const NAMES = [
  'database',
  'QUEUE_URL',
  'EVENT_BUS_NAME',
  'REPORTS_BUCKET',
  'WALLET_GROUPS',
  'API_KEYS',
] as const;

type Environment = Record<string, string | undefined>;

/** The message of the error that these settings end in. */
function complaint(environment: Environment, names: readonly (typeof NAMES)[number][] = NAMES): string {
  try {
    readConfig(names, environment);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the settings were taken');
}

describe('readConfig', () => {
  test('reads every setting, and the number of groups as a number', () => {
    const { DATABASE_URL, ...others } = GOOD;
    expect(readConfig(NAMES, GOOD)).toEqual({ ...others, database: DATABASE_URL, WALLET_GROUPS: 4 });
  });

  test('asks only for what a function names, whatever else is wrong', () => {
    expect(readConfig(['EVENT_BUS_NAME'], { EVENT_BUS_NAME: 'b', WALLET_GROUPS: 'x' })).toEqual({
      EVENT_BUS_NAME: 'b',
    });
    expect(readConfig([], {})).toEqual({});
  });

  test('reads no bus where nobody listens, and takes nothing but on and off for it', () => {
    const read = (EVENTS: string) => readConfig(['EVENT_BUS_NAME'], { EVENT_BUS_NAME: 'b', EVENTS });
    expect(read('off')).toEqual({ EVENT_BUS_NAME: null });
    expect(read('on')).toEqual({ EVENT_BUS_NAME: 'b' });
    expect(() => read('of')).toThrow(/^EVENT_BUS_NAME takes .*EVENTS may be "on", or "off"/);
    expect(() => readConfig(['EVENT_BUS_NAME'], { EVENTS: 'on' })).toThrow('it is not set');
  });

  test.each([
    ['database', 'postgresql://user@localhost/ledger'],
    ['database', 'postgres://user:p%40ss@[::1]:5433/ledger?sslmode=require'],
    ['QUEUE_URL', 'http://127.0.0.1:9324/000000000000/operations.fifo'],
    ['EVENT_BUS_NAME', 'arn:aws:events:eu-central-1:123456789012:event-bus/b'],
    ['REPORTS_BUCKET', 'reports.example-1'],
    ['WALLET_GROUPS', '1'],
    ['WALLET_GROUPS', String(MAX_WALLET_GROUPS)],
    ['API_KEYS', 'required'],
    ['API_KEYS', 'off'],
  ] as const)('takes for %s %s', (name, value) => {
    expect([value, Number(value)]).toContain(readConfig([name], { [variableOf(name)]: value })[name]);
  });

  test.each(NAMES)('says in a sentence that %s is missing, and what it takes', (name) => {
    for (const value of [undefined, '']) {
      const message = complaint({ ...GOOD, [variableOf(name)]: value });
      expect(message).toMatch(new RegExp(`^${variableOf(name)} takes .{10,}; it is not set\\.$`));
    }
  });

  test.each([
    ['QUEUE_URL', 'operations.fifo'],
    ['QUEUE_URL', 'ftp://example.com/operations.fifo'],
    ['QUEUE_URL', 'https://sqs.eu-central-1.amazonaws.com/123456789012/operations'],
    ['EVENT_BUS_NAME', 'x'.repeat(1601)],
    ['REPORTS_BUCKET', 'My_Reports'],
    ['REPORTS_BUCKET', 'x'.repeat(64)],
    ['WALLET_GROUPS', '0'],
    ['WALLET_GROUPS', '-1'],
    ['WALLET_GROUPS', '1.5'],
    ['WALLET_GROUPS', '1e2'],
    ['WALLET_GROUPS', ' 4'],
    ['WALLET_GROUPS', 'four'],
    ['WALLET_GROUPS', String(MAX_WALLET_GROUPS + 1)],
    ['WALLET_GROUPS', '99999999999999999999'],
    ['API_KEYS', 'on'],
    ['API_KEYS', 'OFF'],
    ['API_KEYS', ' off'],
    ['API_KEYS', 'false'],
  ] as const)('says in a sentence that %s got %j, and what it takes', (name, value) => {
    const message = complaint({ ...GOOD, [name]: value });
    expect(message.startsWith(`${name} takes `)).toBe(true);
    expect(message).toContain(`got "${value.slice(0, 200)}"`);
    expect(message.length).toBeLessThan(400);
  });

  test.each([
    ['another host', 'http://localhost:4569'],
    ['another port', 'http://127.0.0.1:4566'],
    ['another scheme', 'https://127.0.0.1:4569'],
    ['no address', 'queue'],
  ])('refuses a queue that is not where AWS_ENDPOINT_URL_SQS points: %s', (_what, endpoint) => {
    const queue = { QUEUE_URL: 'http://127.0.0.1:4569/000000000000/operations.fifo' };
    const settings = (AWS_ENDPOINT_URL_SQS: string) => ({ ...GOOD, ...queue, AWS_ENDPOINT_URL_SQS });
    expect(complaint(settings(endpoint))).toMatch(
      /at the address of AWS_ENDPOINT_URL_SQS if that is set; it got "http:/,
    );
    expect(readConfig(['QUEUE_URL'], settings('http://127.0.0.1:4569/'))).toEqual(queue);
    expect(readConfig(['QUEUE_URL'], settings(''))).toEqual(queue);
  });

  test.each([
    'mysql://user:hunter2@db.example.com/ledger',
    'https://user:hunter2@db.example.com/ledger',
    'user:hunter2@db.example.com/ledger',
    'postgres//user:hunter2@db.example.com/ledger',
    'postgres:hunter2',
    'postgres:///hunter2',
    'hunter2',
  ])('never shows a wrong DATABASE_URL, which may hold a password: %s', (value) => {
    const message = complaint({ ...GOOD, DATABASE_URL: value });
    expect(message).toMatch(
      /^DATABASE_URL takes a URL such as postgres:\/\/.*; it got something else, not shown/,
    );
    expect(message).not.toContain('hunter2');
    expect(message).not.toContain('db.example.com');
  });

  test('tells of all problems at once, one sentence each, and of nothing that is right', () => {
    const message = complaint({ ...GOOD, DATABASE_URL: 'hunter2', QUEUE_URL: undefined, WALLET_GROUPS: '0' });
    expect(message.match(/\b[A-Z]+_[A-Z_]+ takes /g)).toEqual([
      'DATABASE_URL takes ',
      'QUEUE_URL takes ',
      'WALLET_GROUPS takes ',
    ]);
    expect(message).toContain('it is not set.');
    expect(message).toContain('it got "0".');
    expect(message).not.toContain('EVENT_BUS_NAME');
  });
});
