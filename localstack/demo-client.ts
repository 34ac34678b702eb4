import { setTimeout as sleep } from 'node:timers/promises';

/** How long a transaction may take to end, and how often it is looked at, in milliseconds. */
const PATIENCE_MS = 120_000;
const PAUSE_MS = 200;

/** Millionths in a unit of a currency. */
const UNIT = 1_000_000n;

const isTerminal = process.stdout.isTTY;
export const dim = (text: string): string => (isTerminal ? `\u001b[2m${text}\u001b[0m` : text);
const bold = (text: string): string => (isTerminal ? `\u001b[1m${text}\u001b[0m` : text);

/** Amounts fit a number here; a client of your own keeps all 64 bits. */
export interface Payload {
  readonly [field: string]: unknown;
}

/** Where requests go, and the API key that they bring, if any. */
export interface Api {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A wallet of the demo. */
export interface Wallet {
  readonly id: number;
  readonly currency: string;
}

/**
 * Sends a request and prints it with its reply.
 *
 * @throws Error with a sentence where nothing answers, or anything but a success
 */
export async function ask(api: Api, method: 'GET' | 'POST', path: string, body?: unknown): Promise<string> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  console.log(`${bold(`${method} ${path}`)}${text === undefined ? '' : ` ${text}`}`);
  const reply = await send(api, method, path, text);
  for (const line of reply.text.trimEnd().split('\n')) console.log(dim(`  ${line}`));
  if (reply.status < 200 || reply.status > 299)
    throw new Error(`${method} ${path} was answered with status ${reply.status}.`);
  return reply.text;
}

/** The payload of a request that is not printed. */
export async function look(api: Api, path: string): Promise<Payload> {
  const { status, text } = await send(api, 'GET', path);
  if (status !== 200) throw new Error(`GET ${path} was answered with status ${status}: ${text}`);
  return payloadOf(text);
}

async function send({ url, headers }: Api, method: string, path: string, body?: string) {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const request = { method, headers, signal, ...(body === undefined ? {} : { body }) };
  const response = await fetch(url + path, request).catch((error: unknown) => {
    throw new Error(`Nothing answers at ${url}. A local system is started with: npm start`, { cause: error });
  });
  return { status: response.status, text: await response.text() };
}

export function payloadOf(reply: string): Payload {
  return (JSON.parse(reply) as { payload: Payload }).payload;
}

export async function openWallet(api: Api, Name: string, City: string, currency: string): Promise<Wallet> {
  const body = { Name, Country: City === 'Bangkok' ? 'TH' : 'UK', City, Currency: currency };
  const { WalletID } = payloadOf(await ask(api, 'POST', '/wallet', body));
  return { id: WalletID as number, currency };
}

/** How a transaction has to end, and whose legs it has. */
interface Expected {
  readonly status: 'success' | 'decline';
  readonly wallets: readonly Wallet[];
}

/**
 * Sends a request that moves money, waits for its end with a dot for each look, and prints what moved in units.
 *
 * @throws Error with a sentence if it ends in another way
 */
export async function settle(
  api: Api,
  path: string,
  body: unknown,
  { status, wallets }: Expected,
): Promise<void> {
  const id = String(payloadOf(await ask(api, 'POST', path, body))['TransactionId']);
  process.stdout.write(dim('  waiting '));
  const ended = await whenEnded(api, id);
  const outcome = String(ended['Status']);
  console.log(` ${outcome}${typeof ended['Reason'] === 'string' ? `: ${ended['Reason']}` : ''}`);
  for (const leg of ended['Operations'] as Payload[]) {
    const wallet = wallets.find(({ id }) => id === leg['WalletId']);
    if (leg['WalletAmount'] === null || wallet === undefined) continue;
    const named = inUnits(leg['Amount'], String(leg['Currency']));
    const booked = inUnits(leg['WalletAmount'], wallet.currency);
    console.log(
      `  ${String(leg['Type'])} of wallet ${wallet.id}: ${named}${named === booked ? '' : ` → ${booked}`}`,
    );
  }
  if (outcome !== status) throw new Error(`Transaction ${id} ended in ${outcome}, where ${status} is right.`);
}

async function whenEnded(api: Api, transactionId: string): Promise<Payload> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += PAUSE_MS) {
    const transaction = await look(api, `/transaction/${transactionId}`);
    if (transaction['Status'] === 'success' || transaction['Status'] === 'decline') return transaction;
    process.stdout.write('.');
    await sleep(PAUSE_MS);
  }
  throw new Error(`\nTransaction ${transactionId} has not ended within ${PATIENCE_MS / 1000} s.`);
}

/** An amount of millionths as people write it, such as `200.00 USD`: at least two digits after the point, six at most. */
export function inUnits(amount: unknown, currency: string): string {
  const millionths = BigInt(amount as number);
  const fraction = String(millionths % UNIT).padStart(6, '0');
  return `${millionths / UNIT}.${fraction.replace(/0{1,4}$/, '')} ${currency}`;
}

export function chapter(title: string): void {
  console.log(`\n${bold(`# ${title}`)}`);
}
