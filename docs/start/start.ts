// Pays into a new wallet and prints its statement. URL and KEY come from the environment.
import { setTimeout as sleep } from 'node:timers/promises';

const { URL: url, KEY: key } = process.env;

interface Payload {
  WalletID: string;
  TransactionId: string;
  Status?: string;
  Reason?: string;
  Operations: { Position: number; Type: string; Amount: string; Currency: string; BalanceAfter: string }[];
}

/** Sends a request. JSON.parse would round large numbers, so amounts and ids come as strings of digits. */
async function send(path: string, body?: object, idempotencyKey = crypto.randomUUID()): Promise<Payload> {
  const response = await fetch(url + path, {
    headers: {
      Authorization: `Bearer ${key}`,
      Prefer: 'amounts=string, wait=10',
      ...(body && { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey }),
    },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  // After a 5xx, or no reply: the same idempotencyKey again pays once.
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return ((await response.json()) as { payload: Payload }).payload;
}

const wallet = await send('/wallet', { Name: 'Jon Snow', Country: 'UK', City: 'London', Currency: 'USD' });

// 9,007,199,254.740993 USD: each digit counts.
const Amount = '9007199254740993';
let payment = await send('/receive_amount', { WalletId: wallet.WalletID, Amount, Currency: 'USD' });

for (let pauseMs = 50; !['success', 'decline'].includes(payment.Status ?? ''); pauseMs *= 2) {
  if (pauseMs > 10_000) throw new Error(`still ${payment.Status}`);
  await sleep(pauseMs);
  payment = await send(`/transaction/${payment.TransactionId}`);
}
if (payment.Status !== 'success') throw new Error(payment.Reason);

const { Operations } = await send(`/operations/${wallet.WalletID}`);
for (const { Position, Type, Amount, Currency, BalanceAfter } of Operations)
  console.log(`${Position} ${Type} ${BigInt(Amount)} ${Currency} balance ${BigInt(BalanceAfter)}`);
