"""Reads samples of signed posts from standard input, and ends with 1 unless each is as right or wrong as it says."""

import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

samples = json.load(sys.stdin)
for index, sample in enumerate(samples):
    try:
        Webhook(sample["Secret"]).verify(sample["Body"], sample["Headers"])
        is_right = True
    except WebhookVerificationError:
        is_right = False
    if is_right != sample["IsRight"]:
        sys.exit(f"sample {index} is {'right' if is_right else 'wrong'}")
print(f"{len(samples)} samples")
