import { describe, expect, test } from 'vitest';
import { readBatch } from '../../../lib/messaging/wake-ups.ts';

interface Given {
  readonly body?: string;
  readonly group?: string;
  readonly receiveCount?: string;
  readonly messageId?: string;
}

const record = ({ body, group = '3', receiveCount = '2', messageId = 'm' }: Given = {}) => ({
  messageId,
  receiptHandle: `receipt of ${messageId}`,
  body: body ?? '{"walletId":"9007199254740993","correlationId":"order-17"}',
  attributes: { MessageGroupId: group, ApproximateReceiveCount: receiveCount, SenderId: 'x' },
  eventSource: 'aws:sqs',
});

describe('readBatch', () => {
  test('reads wake-ups in order, with every digit of the wallet', () => {
    const event = { Records: [record(), record({ messageId: 'n', group: '12', receiveCount: '1' })] };
    const wakeUp = { walletId: 9_007_199_254_740_993n, correlationId: 'order-17' };
    expect(readBatch(event)).toEqual({
      wakeUps: [
        { messageId: 'm', receiptHandle: 'receipt of m', group: 3, receiveCount: 2, ...wakeUp },
        { messageId: 'n', receiptHandle: 'receipt of n', group: 12, receiveCount: 1, ...wakeUp },
      ],
      unreadable: [],
    });
  });

  test('reads a batch of nothing', () => {
    expect(readBatch({ Records: [] })).toEqual({ wakeUps: [], unreadable: [] });
  });

  test.each([
    ['no JSON', { body: 'hello' }, 'the body is no JSON'],
    ['an empty body', { body: '' }, 'the body is no JSON'],
    ['null', { body: 'null' }, 'no wake-up: the body is no object'],
    ['an array', { body: '[]' }, 'no wake-up: the body is no object'],
    ['no wallet', { body: '{"correlationId":"c"}' }, 'no wake-up: walletId is missing or wrong'],
    [
      'a wallet that is a number, which may have lost digits',
      { body: '{"walletId":1,"correlationId":"c"}' },
      'no wake-up: walletId is missing or wrong',
    ],
    [
      'wallet 0',
      { body: '{"walletId":"0","correlationId":"c"}' },
      'no wake-up: walletId is missing or wrong',
    ],
    [
      'a negative wallet',
      { body: '{"walletId":"-1","correlationId":"c"}' },
      'no wake-up: walletId is missing or wrong',
    ],
    [
      'a wallet beyond 64 bits',
      { body: '{"walletId":"9223372036854775808","correlationId":"c"}' },
      'no wake-up: walletId is missing or wrong',
    ],
    [
      'a wallet of twenty digits',
      { body: '{"walletId":"10000000000000000000","correlationId":"c"}' },
      'no wake-up: walletId is missing or wrong',
    ],
    [
      'SQL for a wallet',
      { body: '{"walletId":"1; DROP TABLE wallets","correlationId":"c"}' },
      'no wake-up: walletId is missing or wrong',
    ],
    ['no correlation id', { body: '{"walletId":"1"}' }, 'no wake-up: correlationId is missing or wrong'],
    ['an empty object', { body: '{}' }, 'no wake-up: walletId and correlationId is missing or wrong'],
    ['a group that is no number', { group: 'a' }, 'the message group is no wallet group'],
    ['group 0', { group: '0' }, 'the message group is no wallet group'],
  ])('finds a message with %s unreadable, says why, and reads the others', (_what, given, reason) => {
    const unreadableRecord = record({ messageId: 'stranger', ...given });
    const { wakeUps, unreadable } = readBatch({ Records: [unreadableRecord, record()] });
    expect(unreadable).toEqual([
      {
        messageId: 'stranger',
        receiptHandle: 'receipt of stranger',
        group: unreadableRecord.attributes.MessageGroupId,
        body: unreadableRecord.body,
        reason,
      },
    ]);
    expect(wakeUps.map(({ messageId }) => messageId)).toEqual(['m']);
  });

  test.each([
    ['nothing', undefined],
    ['an object of something else', { detail: {} }],
    ['records that are no array', { Records: {} }],
    ['a record without attributes', { Records: [{ ...record(), attributes: undefined }] }],
    ['a record without id', { Records: [{ ...record(), messageId: undefined }] }],
    ['a record that was never received', { Records: [record({ receiveCount: '0' })] }],
  ])('throws for %s, which no trigger sends', (_what, event) => {
    expect(() => readBatch(event)).toThrow();
  });
});
