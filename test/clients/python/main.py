"""Moves 9007199254740993 through every route with an amount, by the client that openapi-python-client generated."""

import os
import time
import uuid
from datetime import datetime, timezone

from api import AuthenticatedClient
from api.api.currencies import convert_amount, list_currencies, update_currencies
from api.api.holds import capture_hold, get_hold, hold_amount, release_hold
from api.api.reports import download_operations, list_operations, total_operations
from api.api.transactions import accept_batch, get_transaction, receive_amount, refund_transaction, transfer_amount
from api.api.wallets import create_wallet, get_wallet, list_wallets
from api.models import (
    Batch,
    BatchReceipt,
    BatchTransfer,
    CaptureHoldBody,
    CreateWalletBody,
    ErrorPayload,
    ErrorReply,
    HoldAmountBody,
    PastBalance,
    Receipt,
    RecordedTransaction,
    RefundTransactionBody,
    ReleaseHoldBody,
    Transfer,
    TransactionStatus,
    UpdateCurrenciesBody,
    UpdateCurrenciesBodyRates,
    Wallet,
)

AMOUNT = 9007199254740993
MAX = 9223372036854775807
WAIT = "wait=20"
RATE = 0.029758123456

client = AuthenticatedClient(os.environ["URL"], os.environ["KEY"])


def key():
    return str(uuid.uuid4())


def same(what, seen, expected):
    assert seen == expected and type(seen) is type(expected), f"{what}: {seen!r}, not {expected!r}"


def ended(transaction_id):
    for _ in range(400):
        payload = get_transaction.sync(transaction_id, client=client).payload
        if payload.status in (TransactionStatus.SUCCESS, TransactionStatus.DECLINE):
            return payload
        time.sleep(0.05)
    raise AssertionError(f"{transaction_id} does not end")


def new_wallet():
    body = CreateWalletBody("Jon Snow", "UK", "London", "USD")
    return create_wallet.sync(client=client, body=body, idempotency_key=key()).payload.wallet_id


def wallet(wallet_id):
    payload = get_wallet.sync(wallet_id, client=client).payload
    assert isinstance(payload, Wallet), payload
    return payload


rates = UpdateCurrenciesBodyRates.from_dict({"USD": 1, "EUR": 1.093809, "THB": RATE})
update_currencies.sync(client=client, body=UpdateCurrenciesBody(rates), idempotency_key=key())
listed = {each.name: each.rate for each in list_currencies.sync(client=client).payload.currencies}
same("rate", listed["THB"], RATE)

a, b = new_wallet(), new_wallet()
first = key()
receipt = Receipt(a, AMOUNT, "USD")
received = receive_amount.sync(client=client, body=receipt, idempotency_key=first).payload.transaction_id
again = receive_amount.sync(client=client, body=receipt, idempotency_key=first).payload.transaction_id
same("repeat", again, received)
settled = ended(received)
same("transaction", settled.operations[0].amount, AMOUNT)
same("reason", settled.reason, None)
same("available", wallet(a).available, AMOUNT)

transferred = transfer_amount.sync(client=client, body=Transfer(a, b, AMOUNT, "USD"), idempotency_key=key(), prefer=WAIT).payload
same("waited", str(transferred.status), "success")
out, into = transferred.operations
same("taken", (out.amount, out.wallet_amount, out.balance_after, out.counterparty_id), (AMOUNT, AMOUNT, 0, b))
same("added", (into.amount, into.wallet_amount, into.balance_after, into.counterparty_id), (AMOUNT, AMOUNT, AMOUNT, a))

refund = RefundTransactionBody(transferred.transaction_id, AMOUNT)
same("refund", refund_transaction.sync(client=client, body=refund, idempotency_key=key(), prefer=WAIT).payload.operations[0].amount, AMOUNT)

hold = HoldAmountBody(a, AMOUNT)
held = hold_amount.sync(client=client, body=hold, idempotency_key=key(), prefer=WAIT).payload.hold_id
same("hold", get_hold.sync(held, client=client).payload.amount, AMOUNT)
same("held", (wallet(a).balance, wallet(a).available), (AMOUNT, 0))
release_hold.sync(held, client=client, body=ReleaseHoldBody(), idempotency_key=key(), prefer=WAIT)
held = hold_amount.sync(client=client, body=hold, idempotency_key=key(), prefer=WAIT).payload.hold_id
capture = CaptureHoldBody(b, AMOUNT)
same("capture", capture_hold.sync(held, client=client, body=capture, idempotency_key=key(), prefer=WAIT).payload.operations[0].amount, AMOUNT)

batch = Batch([BatchReceipt(a, AMOUNT, "USD"), BatchTransfer(a, b, AMOUNT, "USD"), BatchReceipt(MAX, AMOUNT, "USD")])
results = accept_batch.sync(client=client, body=batch, idempotency_key=key()).payload.results
same("results", [type(each) for each in results], [RecordedTransaction, RecordedTransaction, ErrorPayload])
same("refused entry", str(results[2].code), "wallet_not_found")
ended(results[1].transaction_id)

same("balance", wallet(b).balance, 2 * AMOUNT)
past = get_wallet.sync(b, client=client, at=datetime.now(timezone.utc)).payload
same("past balance", (type(past), past.balance), (PastBalance, 2 * AMOUNT))
page = list_wallets.sync(client=client, after=a).payload
same("list", ([each.balance for each in page.wallets], page.next_), ([2 * AMOUNT], None))
operations = list_operations.sync(b, client=client).payload.operations
same("operations", [each.amount for each in operations], [AMOUNT] * 4)
same("balances", [each.balance_after for each in operations], [AMOUNT, 0, AMOUNT, 2 * AMOUNT])
totals = total_operations.sync(b, client=client, currency="USD").payload
same("totals", (totals.amount_in, totals.amount_out), (3 * AMOUNT, AMOUNT))
same("conversion", convert_amount.sync(AMOUNT, "USD", "USD", client=client).payload.amount, AMOUNT)
file = download_operations.sync_detailed(b, client=client).content.decode()
same("file", file.count(str(AMOUNT)), 4)

rich = new_wallet()
for amount in (MAX, MAX):
    ended(receive_amount.sync(client=client, body=Receipt(rich, amount, "USD"), idempotency_key=key()).payload.transaction_id)
    transfer_amount.sync(client=client, body=Transfer(rich, new_wallet(), amount, "USD"), idempotency_key=key(), prefer=WAIT)
same("total of 65 bits", total_operations.sync(rich, client=client, currency="USD").payload.amount_in, 2 * MAX)

refused = get_wallet.sync(MAX, client=client)
assert isinstance(refused, ErrorReply), refused
same("refusal", str(refused.payload.code), "wallet_not_found")
print("every digit came back")
