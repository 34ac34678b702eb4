import { ConnectionError, MyLittlePs, type Transaction } from '../client/src/index.ts';

/** How long a transaction may take to end, in milliseconds. */
const PATIENCE_MS = 120_000;

/** Who starts the demo before the system need not wait for long. */
const MAX_RETRIES = 3;

/** Millionths in a unit of a currency. */
const UNIT = 1_000_000n;

const isTerminal = process.stdout.isTTY;
export const dim = (text: string): string => (isTerminal ? `\u001b[2m${text}\u001b[0m` : text);
const bold = (text: string): string => (isTerminal ? `\u001b[1m${text}\u001b[0m` : text);

/** The system that the demo drives. */
export interface Api {
  readonly url: string;
  /** Prints each request with its reply. */
  readonly shown: MyLittlePs;
  /** Prints nothing. */
  readonly quiet: MyLittlePs;
}

/** A wallet of the demo. */
export interface Wallet {
  readonly id: bigint;
  readonly currency: string;
}

/** @param apiKey if the system needs one */
export function apiOf(url: string, apiKey: string | undefined): Api {
  const options = { url, apiKey, timeoutMs: PATIENCE_MS, maxRetries: MAX_RETRIES };
  return {
    url,
    shown: new MyLittlePs({ ...options, fetch: shownFetch }),
    quiet: new MyLittlePs(options),
  };
}

const shownFetch: typeof fetch = async (input, init) => {
  const { pathname, search } = new URL(input instanceof Request ? input.url : input);
  const body = typeof init?.body === 'string' ? ` ${init.body}` : '';
  console.log(`${bold(`${init?.method ?? 'GET'} ${pathname}${search}`)}${body}`);
  const response = await fetch(input, init);
  const text = await response.clone().text();
  for (const line of text.trimEnd().split('\n')) console.log(dim(`  ${line}`));
  return response;
};

/**
 * Invokes a function of a local system, and prints its reply.
 *
 * @throws Error with a sentence if it does not answer with a success
 */
export async function invoke(lambdaUrl: string, path: string): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const response = await shownFetch(lambdaUrl + path, { method: 'POST', body: '{}', signal });
  if (!response.ok) throw new Error(`POST ${path} was answered with status ${response.status}.`);
  return await response.text();
}

/** What a person is told of an error: where nothing answers, how to start a system. */
export const explained = ({ url }: Pick<Api, 'url'>, error: unknown): unknown =>
  error instanceof ConnectionError
    ? new Error(`Nothing answers at ${url}. A local system is started with: npm start`, { cause: error })
    : error;

export async function openWallet(
  { shown }: Api,
  Name: string,
  City: string,
  Currency: string,
): Promise<Wallet> {
  const body = { Name, Country: City === 'Bangkok' ? 'TH' : 'UK', City, Currency };
  const { WalletID } = await shown.wallets.create(body);
  return { id: WalletID, currency: Currency };
}

/** How a transaction has to end, and whose legs it has. */
interface Expected {
  readonly status: 'success' | 'decline';
  readonly wallets: readonly Wallet[];
}

/**
 * Waits for the end of a payment, and prints what moved in units.
 *
 * @throws Error with a sentence if it ends in another way
 */
export async function settle(
  { quiet }: Api,
  paying: Promise<{ readonly TransactionId: string }>,
  { status, wallets }: Expected,
): Promise<void> {
  const { TransactionId } = await paying;
  process.stdout.write(dim('  waiting …'));
  const ended = await quiet.transactions.waitFor(TransactionId, { timeoutMs: PATIENCE_MS });
  console.log(` ${ended.Status}${ended.Reason === null ? '' : `: ${ended.Reason}`}`);
  for (const leg of ended.Operations) showLeg(leg, wallets);
  if (ended.Status !== status)
    throw new Error(`Transaction ${TransactionId} ended in ${ended.Status}, where ${status} is right.`);
}

function showLeg(leg: Transaction['Operations'][number], wallets: readonly Wallet[]): void {
  const wallet = wallets.find(({ id }) => id === leg.WalletId);
  if (leg.WalletAmount === null || wallet === undefined) return;
  const named = inUnits(leg.Amount, leg.Currency);
  const booked = inUnits(leg.WalletAmount, wallet.currency);
  console.log(`  ${leg.Type} of wallet ${wallet.id}: ${named}${named === booked ? '' : ` → ${booked}`}`);
}

/** An amount of millionths as people write it, such as `200.00 USD`: at least two digits after the point, six at most. */
export function inUnits(millionths: bigint, currency: string): string {
  const fraction = String(millionths % UNIT).padStart(6, '0');
  return `${millionths / UNIT}.${fraction.replace(/0{1,4}$/, '')} ${currency}`;
}

export function chapter(title: string): void {
  console.log(`\n${bold(`# ${title}`)}`);
}
