"""What schemathesis can't know of the API: why a request that fits the description may still be refused, and the other way round."""

import re

import schemathesis
from schemathesis.core.failures import Failure

# What a request's fields can't say by themselves: they depend on the data, on the clock, or on one another.
BY_STATE = (
    "currency_not_allowed",
    "amount_out_of_range",
    "same_wallet",
    "idempotency_key_reused",
    "too_many_currencies",
    "not_refundable",
    "refund_exceeds_transaction",
    "hold_not_active",
    "capture_exceeds_hold",
    "payout_not_pending",
    "reference_taken",
    "wallet_closed",
    "wallet_not_empty",
    "credit_in_use",
    "filter_missing",
    "too_many_webhooks",
    "webhook_disabled",
    "wallet_not_found",
    "transaction_not_found",
    "hold_not_found",
)

# The same among those with the code invalid_field.
SENTENCES_BY_STATE = (
    "must not be in the future",
    "must not be before",
    "must not be after",
    "must be the Next of an earlier page",
    "belongs to another",
    "must not be given with after",
    "must not be given with order=desc",
    "belongs to a page with order",
    "go together: give both",
    "must not be above amountTo",
    "OverCapture must be at most",
    # A schema has no measure of bytes, and a text of JSON may escape half of a pair.
    "bytes as JSON",
    "valid Unicode without NUL",
    # A number of JSON Schema has no number of fraction digits.
    "with up to 12 fraction digits",
)

# In a URL a whole number is its digits; JSON Schema takes 1.0 for an integer, too.
WITH_A_POINT = re.compile(r'not \\?"\d+\.0\\?"')


class RefusedWithoutReason(Failure):
    """A request that fits the description was refused for what it is, not for what there is."""

    __slots__ = ()


@schemathesis.check
def refused_by_state_alone(context, response, case):
    """A request that fits the description is refused only by what is in the database, or on the clock."""
    mode = case.meta.generation.mode if case.meta is not None else None
    if mode is None or not mode.is_positive or response.status_code not in (400, 409, 422):
        return None
    payload = response.json()["payload"]
    if payload["code"] in BY_STATE or any(
        part in payload["error"] for part in SENTENCES_BY_STATE
    ):
        return None
    if WITH_A_POINT.search(payload["error"]):
        return None
    raise RefusedWithoutReason(
        operation=case.operation.label,
        title="A request that fits the description was refused",
        message=f'{payload["code"]}: {payload["error"]}',
    )
