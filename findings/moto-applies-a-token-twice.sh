#!/usr/bin/env bash
# Guess: TransactWriteItems with a ClientRequestToken is applied once, and the same call with the same token changes
#   nothing: that is the token's only purpose.
# Seen: moto 5.2.5 accepts the token and applies the call again: two sends of "add 5" make 10. The same token with
#   another amount is applied too, where DynamoDB refuses with IdempotentParameterMismatchException.
# Matters: a test of "a retry pays once" on this emulator fails for code that is right, and invites a second guard that
#   then hides whether the first one works.
# Source: DynamoDB's API reference, TransactWriteItems, ClientRequestToken: repeated identical calls have the effect of
#   one for 10 minutes; the same token with other parameters is an error.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'moto[dynamodb]==5.2.5' boto3==1.44.8

cat >twice.py <<'PY'
import boto3
from moto import mock_aws

@mock_aws
def balances():
    client = boto3.client('dynamodb', 'eu-central-1', aws_access_key_id='none', aws_secret_access_key='none')
    client.create_table(
        TableName='wallets', BillingMode='PAY_PER_REQUEST',
        KeySchema=[{'AttributeName': 'id', 'KeyType': 'HASH'}],
        AttributeDefinitions=[{'AttributeName': 'id', 'AttributeType': 'S'}])
    key = {'id': {'S': 'wallet'}}
    seen = []
    for amount in ('5', '5', '7'):
        client.transact_write_items(ClientRequestToken='payment-1', TransactItems=[{'Update': {
            'TableName': 'wallets', 'Key': key, 'UpdateExpression': 'ADD balance :amount',
            'ExpressionAttributeValues': {':amount': {'N': amount}}}}])
        seen.append(client.get_item(TableName='wallets', Key=key)['Item']['balance']['N'])
    return seen

seen = balances()
print('moto 5.2.5, one token sent three times (5, 5, 7), balance after each:', seen)
assert seen == ['5', '10', '17'], seen
PY
venv/bin/python twice.py
