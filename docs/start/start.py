# Pays into a new wallet and prints its statement. URL and KEY come from the environment.
import json, os, sys, time, urllib.error, urllib.request, uuid


def send(path, body=None, idempotency_key=None):
    """Sends a request. Python's integers keep every digit."""
    headers = {"Authorization": f"Bearer {os.environ.get('KEY')}", "Prefer": "wait=10"}
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        headers["Idempotency-Key"] = idempotency_key or str(uuid.uuid4())
        data = json.dumps(body).encode()
    try:
        request = urllib.request.Request(os.environ["URL"] + path, data, headers)
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)["payload"]
    except urllib.error.HTTPError as refusal:
        # After a 5xx, or no reply: the same idempotency_key again pays once.
        sys.exit(f"{refusal.code} {refusal.read().decode()}")


wallet = send("/wallet", {"Name": "Jon Snow", "Country": "UK", "City": "London", "Currency": "USD"})

# 9,007,199,254.740993 USD: each digit counts.
amount = 9007199254740993
payment = send("/receive_amount", {"WalletId": wallet["WalletID"], "Amount": amount, "Currency": "USD"})

pause = 0.05
while payment.get("Status") not in ("success", "decline"):
    if pause > 10:
        sys.exit(f"still {payment.get('Status')}")
    time.sleep(pause)
    pause *= 2
    payment = send(f"/transaction/{payment['TransactionId']}")
if payment["Status"] != "success":
    sys.exit(payment["Reason"])

for line in send(f"/operations/{wallet['WalletID']}")["Operations"]:
    print(line["Position"], line["Type"], line["Amount"], line["Currency"], "balance", line["BalanceAfter"])
