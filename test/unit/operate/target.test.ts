import { describe, expect, test } from 'vitest';
import { databaseError, readDatabase, readDatabaseOrStage, readSystem } from '../../../operate/target.ts';

const LEDGER = 'postgres://someone:secret@db.example.com/ledger';
const QUEUES = {
  QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/1/operations.fifo',
  DEAD_LETTER_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/1/dead-letters.fifo',
};
const AURORA = { DATABASE_HOST: 'db.example.com', DATABASE_NAME: 'ledger', DATABASE_USER: 'me' };

describe('the database that a command means', () => {
  test.each([
    ['the default port', {}, {}, 'postgres://local:local@127.0.0.1:4571/my_little_ps'],
    ['--port', { port: '5000' }, {}, 'postgres://local:local@127.0.0.1:5004/my_little_ps'],
    ['--port where DATABASE_URL is empty', { port: '5000' }, { DATABASE_URL: '' }, /:5004\//],
    ['DATABASE_URL', {}, { DATABASE_URL: LEDGER }, LEDGER],
  ])('is that of %s', (_of, values, environment, database) => {
    expect(readDatabase(values, environment)).toEqual(
      typeof database === 'string' ? database : expect.stringMatching(database),
    );
  });

  test('is that of DATABASE_HOST, where commands sign in with an AWS identity', () => {
    expect(readDatabase({}, AURORA)).toEqual({
      ...{ host: 'db.example.com', port: 5432, database: 'ledger', user: 'me' },
    });
  });

  test.each([
    [{ port: '80' }, {}, '--port takes a number from 1024 to 65531, not "80".'],
    [
      { port: '5000' },
      { DATABASE_URL: LEDGER },
      '--port and DATABASE_URL name two systems: give one of them.',
    ],
    [{ port: '5000' }, AURORA, '--port and DATABASE_HOST name two systems: give one of them.'],
    [{}, { DATABASE_URL: `${LEDGER}?sslmode=prefer` }, 'sslmode in DATABASE_URL takes disable, require,'],
    [{}, { DATABASE_URL: 'http://secret' }, 'DATABASE_URL takes a URL such as postgres://'],
    [{}, { DATABASE_HOST: 'db.example.com' }, 'DATABASE_URL takes a URL such as postgres://'],
  ])('is refused with a sentence for %j and %j', (values, environment, sentence) => {
    expect(() => readDatabase(values, environment)).toThrow(sentence);
    expect(() => readDatabase(values, environment)).not.toThrow('secret');
  });
});

describe('the stage that a command means', () => {
  test.each([
    [{ stage: 'prod' }, {}, { stage: 'prod', region: 'eu-central-1' }],
    [{ stage: 'prod' }, { AWS_REGION: 'eu-west-1' }, { stage: 'prod', region: 'eu-west-1' }],
    [
      { stage: 'prod', region: 'eu-north-1' },
      { AWS_REGION: 'eu-west-1' },
      { stage: 'prod', region: 'eu-north-1' },
    ],
    [{}, { DATABASE_URL: LEDGER }, { database: LEDGER }],
  ])('is read from %j and %j', (values, environment, target) => {
    expect(readDatabaseOrStage(values, environment)).toEqual(target);
  });

  test.each([
    [{ stage: 'prod' }, '--stage and DATABASE_URL name two systems: give one of them.'],
    [
      { stage: 'prod', port: '5000' },
      '--port, --stage and DATABASE_URL name three systems: give one of them.',
    ],
    [{ region: 'eu-north-1' }, '--region goes with --stage alone.'],
  ])('is refused with a sentence for %j beside DATABASE_URL', (values, sentence) => {
    expect(() => readDatabaseOrStage(values, { DATABASE_URL: LEDGER })).toThrow(new Error(sentence));
  });
});

describe('the system that a command means', () => {
  test('is the local one, with its queues', () => {
    expect(readSystem({ port: '5000' }, {})).toEqual({
      database: 'postgres://local:local@127.0.0.1:5004/my_little_ps',
      queueUrl: 'http://127.0.0.1:5002/000000000000/my-little-ps-local-operations.fifo',
      deadLetterQueueUrl: 'http://127.0.0.1:5002/000000000000/my-little-ps-local-dead-letters.fifo',
      queueEndpoint: 'http://127.0.0.1:5002',
    });
  });

  test('is that of the environment, where it names all of it', () => {
    expect(readSystem({}, { ...QUEUES, DATABASE_URL: LEDGER })).toEqual({
      database: LEDGER,
      queueUrl: QUEUES.QUEUE_URL,
      deadLetterQueueUrl: QUEUES.DEAD_LETTER_QUEUE_URL,
      queueEndpoint: undefined,
    });
    expect(readSystem({}, { ...QUEUES, ...AURORA }).database).toMatchObject({ host: 'db.example.com' });
  });

  test.each([
    [{}, { DATABASE_URL: LEDGER }, 'With DATABASE_URL, set QUEUE_URL and DEAD_LETTER_QUEUE_URL, too.'],
    [{}, QUEUES, 'With QUEUE_URL and DEAD_LETTER_QUEUE_URL, set DATABASE_URL, too.'],
    [
      {},
      { QUEUE_URL: QUEUES.QUEUE_URL, ...AURORA },
      'With QUEUE_URL and DATABASE_HOST, set DEAD_LETTER_QUEUE_URL, too.',
    ],
    [{ port: '5000' }, QUEUES, '--port and QUEUE_URL name two systems: give one of them.'],
    [
      {},
      { ...QUEUES, DATABASE_URL: LEDGER, DEAD_LETTER_QUEUE_URL: 'dead-letters.fifo' },
      'DEAD_LETTER_QUEUE_URL takes the URL of the dead-letter queue, an SQS FIFO queue; it got "dead-letters.fifo".',
    ],
    [
      {},
      {
        ...QUEUES,
        DATABASE_URL: LEDGER,
        DEAD_LETTER_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/1/d.fifo',
      },
      'QUEUE_URL and DEAD_LETTER_QUEUE_URL take two queues of one address: letters of one system must not reach another.',
    ],
  ])('is refused with a sentence for %j and %j', (values, environment, sentence) => {
    expect(() => readSystem(values, environment)).toThrow(new Error(sentence));
  });
});

describe("a database's error", () => {
  test('names the database without its password, and the reason that Node hides in an AggregateError', () => {
    const refused = [
      new Error('connect ECONNREFUSED ::1:5432'),
      new Error('connect ECONNREFUSED 127.0.0.1:5432'),
    ];
    const error = Object.assign(new AggregateError(refused), { code: 'ECONNREFUSED' });
    expect(databaseError(error, 'postgres://someone:secret@localhost/ledger', 'checked').message).toBe(
      'The database at localhost:5432/ledger does not answer (connect ECONNREFUSED ::1:5432, ' +
        'connect ECONNREFUSED 127.0.0.1:5432). A local one is started by npm start.',
    );
  });

  test('says what can not be done, where the database answers', () => {
    const error = Object.assign(new Error('relation "operations" does not exist'), { code: '42P01' });
    expect(databaseError(error, LEDGER, 'checked').message).toBe(
      'The database at db.example.com:5432/ledger can\'t be checked: relation "operations" does not exist.',
    );
  });
});
