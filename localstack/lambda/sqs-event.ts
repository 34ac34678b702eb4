import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSMessageAttribute, SQSMessageAttributes, SQSRecord } from 'aws-lambda';
import { z } from 'zod';

/** Where a message comes from, as its records say it. */
export interface Source {
  readonly arn: string;
  readonly region: string;
}

/** A message that can be delivered and deleted. */
export interface Received extends Message {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
}

/** The ARN of a queue, whose URL ends in account and name. */
export function queueArn(queueUrl: string, region: string): string {
  const [account, name] = new URL(queueUrl).pathname.split('/').slice(-2);
  return `arn:aws:sqs:${region}:${account}:${name}`;
}

/** The event that Lambda makes of a batch: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export function sqsEvent(messages: readonly Received[], source: Source): SQSEvent {
  return { Records: messages.map((message) => sqsRecord(message, source)) };
}

function sqsRecord(message: Received, source: Source): SQSRecord {
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body ?? '',
    attributes: message.Attributes as unknown as SQSRecord['attributes'],
    messageAttributes: messageAttributes(message.MessageAttributes ?? {}),
    md5OfBody: message.MD5OfBody ?? '',
    ...(message.MD5OfMessageAttributes === undefined
      ? {}
      : { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: 'aws:sqs',
    eventSourceARN: source.arn,
    awsRegion: source.region,
  };
}

function messageAttributes(attributes: Record<string, MessageAttributeValue>): SQSMessageAttributes {
  const entries = Object.entries(attributes).map(([name, value]): [string, SQSMessageAttribute] => [
    name,
    {
      ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
      ...(value.BinaryValue === undefined
        ? {}
        : { binaryValue: Buffer.from(value.BinaryValue).toString('base64') }),
      stringListValues: [],
      binaryListValues: [],
      dataType: value.DataType ?? 'String',
    },
  ]);
  return Object.fromEntries(entries);
}

const replySchema = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullish();

/**
 * The messages of a batch that its function did not settle. As Lambda has it: an empty reply settles all, and one that
 * is malformed, or names a message that was not in the batch, settles none.
 */
export function unsettled(reply: unknown, batch: readonly string[]): readonly string[] {
  const parsed = replySchema.safeParse(reply === '' ? null : reply);
  if (!parsed.success) return batch;
  const named = (parsed.data?.batchItemFailures ?? []).map((failure) => failure.itemIdentifier);
  return named.every((id) => batch.includes(id)) ? named : batch;
}
