#!/usr/bin/env bash
# Guess: a FIFO queue drops a message whose deduplication id it had within the last five minutes, also if the first one was
#   received and deleted meanwhile.
# Seen: moto 5.2.5 drops the second only while the first is still there: sent again after the first was deleted, it is delivered
#   again. fauxqs 2.4.1 drops it.
# Matters: whether a producer that sends again after a lost answer pays twice can't be tested on moto: the message that AWS would drop
#   comes, or, seen from the other side, code that rests on the five minutes looks broken and gets a second key that it does not need.
# Source: SQS Developer Guide, "Using the message deduplication ID": SQS keeps track of the id even after the message is received
#   and deleted.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 fauxqs@2.4.1 @aws-sdk/client-sqs@3.1175.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check moto==5.2.5 boto3==1.44.8
cat >send.py <<'PY'
import boto3
from moto import mock_aws

with mock_aws():
    none = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
    sqs = boto3.client("sqs", region_name="eu-central-1", **none)
    queue = sqs.create_queue(QueueName="paid.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]

    def send():
        sqs.send_message(QueueUrl=queue, MessageBody="pay", MessageGroupId="1", MessageDeduplicationId="payment-1")

    def take():
        messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return len(messages)

    send()
    send()
    first = take()
    send()
    print(f"moto: {first} of two, {take()} after it was deleted")
PY
cat >send.mjs <<'JS'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { startFauxqs } from 'fauxqs';

const fauxqs = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
const sqs = new SQSClient({
  endpoint: `http://127.0.0.1:${fauxqs.port}`,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
});
const made = await sqs.send(new CreateQueueCommand({ QueueName: 'paid.fifo', Attributes: { FifoQueue: 'true' } }));
const { QueueUrl } = made;
const send = () =>
  sqs.send(
    new SendMessageCommand({ QueueUrl, MessageBody: 'pay', MessageGroupId: '1', MessageDeduplicationId: 'payment-1' }),
  );
const take = async () => {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages.length;
};
await send();
await send();
const first = await take();
await send();
console.log(`fauxqs: ${first} of two, ${await take()} after it was deleted`);
await fauxqs.stop();
process.exit();
JS
seen="$(venv/bin/python send.py)
$(node_modules/.bin/node send.mjs)"
echo "$seen"
[ "$seen" = 'moto: 1 of two, 1 after it was deleted
fauxqs: 1 of two, 0 after it was deleted' ]
