import { expect, test } from 'vitest';
import { queueArn, sqsEvent, unsettled } from '../../../localstack/lambda/sqs-event.ts';

const BATCH = ['one', 'two'];

test.each<[string, unknown]>([
  ['null', null],
  ['nothing', undefined],
  ['an empty body', ''],
  ['an empty object', {}],
  ['no failures', { batchItemFailures: [] }],
  ['null for failures', { batchItemFailures: null }],
  ['something of its own', { statusCode: 200 }],
])('a reply of %s settles the whole batch', (_, reply) => {
  expect(unsettled(reply, BATCH)).toEqual([]);
});

test('a reply that names a message leaves that one', () => {
  expect(unsettled({ batchItemFailures: [{ itemIdentifier: 'two' }] }, BATCH)).toEqual(['two']);
});

test.each<[string, unknown]>([
  ['an empty name', { batchItemFailures: [{ itemIdentifier: '' }] }],
  ['a null name', { batchItemFailures: [{ itemIdentifier: null }] }],
  ['a misspelt key', { batchItemFailures: [{ itemIdentifer: 'one' }] }],
  [
    'a message of another batch beside one of this',
    { batchItemFailures: [{ itemIdentifier: 'one' }, { itemIdentifier: 'x' }] },
  ],
  ['no list', { batchItemFailures: 'one' }],
  ['text', 'ok'],
])('a reply with %s settles nothing', (_, reply) => {
  expect(unsettled(reply, BATCH)).toEqual(BATCH);
});

test('binary attributes are base64 in the event', () => {
  const { Records } = sqsEvent(
    [
      {
        MessageId: 'm',
        ReceiptHandle: 'r',
        MessageAttributes: { raw: { DataType: 'Binary', BinaryValue: new Uint8Array([255, 0]) } },
      },
    ],
    { arn: 'arn', region: 'eu-central-1' },
  );
  expect(Records[0]?.messageAttributes['raw']).toEqual({
    binaryValue: '/wA=',
    stringListValues: [],
    binaryListValues: [],
    dataType: 'Binary',
  });
});

test.each([
  'http://127.0.0.1:4569/000000000000/a.fifo',
  'http://localhost:4566/queue/eu-central-1/000000000000/a.fifo',
  'https://sqs.eu-central-1.amazonaws.com/000000000000/a.fifo',
])('the ARN is read from %s', (url) => {
  expect(queueArn(url, 'eu-central-1')).toBe('arn:aws:sqs:eu-central-1:000000000000:a.fifo');
});
