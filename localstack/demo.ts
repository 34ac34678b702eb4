import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, runCommand } from '../operate/cli.ts';
import { DEFAULT_BASE_PORT, LOOPBACK, lambdaName, parseBasePort, portsFrom } from './addresses.ts';

const HELP = `Drives a running my-little-ps through its whole story over HTTP, and prints it.

  npm run demo [-- options]

  --port N    the port that npm start was given (default ${DEFAULT_BASE_PORT})
  --key KEY   an API key with the scope admin, where npm start was given --auth
  -h, --help  this text
`;

/** How long a transaction may take to end, and how often it is asked for, in milliseconds. */
const PATIENCE_MS = 120_000;
const PAUSE_MS = 200;

const isTerminal = process.stdout.isTTY;
const dim = (text: string): string => (isTerminal ? `\u001b[2m${text}\u001b[0m` : text);
const bold = (text: string): string => (isTerminal ? `\u001b[1m${text}\u001b[0m` : text);

/** Amounts fit a number here; a client of your own keeps all 64 bits. */
interface Payload {
  readonly [field: string]: unknown;
}

/** Where requests go, and the API key that they bring, if any. */
interface Api {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function ask(api: Api, method: 'GET' | 'POST', path: string, body?: unknown): Promise<string> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  console.log(`${bold(`${method} ${path}`)}${text === undefined ? '' : ` ${text}`}`);
  const request = {
    method,
    headers: api.headers,
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(text === undefined ? {} : { body: text }),
  };
  const response = await fetch(api.url + path, request).catch(() => {
    throw new Error(`Nothing answers at ${api.url}. Start the system with: npm start`);
  });
  const reply = await response.text();
  for (const line of reply.trimEnd().split('\n')) console.log(dim(`  ${line}`));
  if (!response.ok) throw new Error(`${method} ${path} was answered with status ${response.status}.`);
  return reply;
}

function payloadOf(reply: string): Payload {
  return (JSON.parse(reply) as { payload: Payload }).payload;
}

/** Waits until a transaction has ended, with a dot for each time it has not. */
async function ended(api: Api, transactionId: string): Promise<void> {
  process.stdout.write(dim('  waiting '));
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += PAUSE_MS) {
    const response = await fetch(`${api.url}/transaction/${transactionId}`, { headers: api.headers }).catch(
      () => {
        throw new Error(`\nNothing answers at ${api.url} any more.`);
      },
    );
    const { Status, Reason } = payloadOf(await response.text());
    if (Status === 'success' || Status === 'decline') {
      console.log(` ${Status}${typeof Reason === 'string' ? `: ${Reason}` : ''}`);
      return;
    }
    process.stdout.write('.');
    await sleep(PAUSE_MS);
  }
  throw new Error(`\nTransaction ${transactionId} has not ended within ${PATIENCE_MS / 1000} s.`);
}

async function openWallet(api: Api, Name: string, Country: string, City: string, Currency: string) {
  return payloadOf(await ask(api, 'POST', '/wallet', { Name, Country, City, Currency }))[
    'WalletID'
  ] as number;
}

async function settle(api: Api, path: string, body: unknown): Promise<void> {
  await ended(api, payloadOf(await ask(api, 'POST', path, body))['TransactionId'] as string);
}

function chapter(title: string): void {
  console.log(`\n${bold(`# ${title}`)}`);
}

async function tell(api: Api, lambda: Api): Promise<void> {
  chapter('Rates: USD per unit, to the last digit');
  const Rates = { USD: 1, EUR: 1.093809, RUB: 0.009803, THB: 0.029758 };
  await ask(api, 'POST', '/update_currencies', { Rates });
  await ask(api, 'GET', '/convert_amount/1000000/EUR/THB');

  chapter('Three wallets in three currencies');
  const jon = await openWallet(api, 'Jon Snow', 'UK', 'London', 'EUR');
  const ygritte = await openWallet(api, 'Ygritte', 'US', 'New York', 'USD');
  const som = await openWallet(api, 'Som', 'TH', 'Bangkok', 'THB');

  chapter('Money in: 200 USD for the EUR wallet');
  await settle(api, '/receive_amount', { WalletId: jon, Amount: 200_000_000, Currency: 'USD' });
  await ask(api, 'GET', `/wallet/${jon}`);

  chapter('Transfers, in the currency that the sender names');
  const toYgritte = { OriginWalletId: jon, TargetWalletId: ygritte, Amount: 50_000_000, Currency: 'USD' };
  await settle(api, '/transfer_amount', toYgritte);
  const toSom = { OriginWalletId: ygritte, TargetWalletId: som, Amount: 1_000_000_000, Currency: 'THB' };
  await settle(api, '/transfer_amount', toSom);

  chapter('One that is declined: more than there is');
  await settle(api, '/transfer_amount', { ...toSom, Amount: 9_000_000_000 });

  chapter('What happened in the first wallet: as a list, as a file, in total');
  await ask(api, 'GET', `/operations/${jon}`);
  await ask(api, 'GET', `/operations/file/${jon}`);
  await ask(api, 'GET', `/operations/total/${jon}?currency=USD`);

  chapter('Two more wallets, the second in the group of the first wallet, and as busy');
  await openWallet(api, 'Davos', 'UK', 'Bristol', 'EUR');
  const bran = await openWallet(api, 'Bran', 'UK', 'York', 'EUR');
  await settle(api, '/receive_amount', { WalletId: bran, Amount: 1_000_000, Currency: 'EUR' });
  await settle(api, '/receive_amount', { WalletId: bran, Amount: 2_000_000, Currency: 'EUR' });

  chapter('A rebalance: what the schedule starts every 30 minutes');
  await ask(lambda, 'POST', `/2015-03-31/functions/${lambdaName('balancer')}/invocations`, {});
  for (const id of [jon, ygritte, som, bran]) await ask(api, 'GET', `/wallet/${id}`);
  console.log('\nThat is the whole story.');
}

interface Options {
  readonly port: number;
  readonly headers: Api['headers'];
}

const OPTIONS = {
  port: { type: 'string', default: String(DEFAULT_BASE_PORT) },
  key: { type: 'string' },
} as const;

const command: Command<typeof OPTIONS, Options> = {
  script: 'npm run demo',
  help: HELP,
  options: OPTIONS,
  read: ({ port, key }) => ({
    port: parseBasePort(port),
    headers: key === undefined ? {} : { Authorization: `Bearer ${key}` },
  }),
  run: async ({ port, headers }) => {
    const { http, lambda } = portsFrom(port);
    await tell(
      { url: `http://${LOOPBACK}:${http}`, headers },
      { url: `http://${LOOPBACK}:${lambda}`, headers: {} },
    );
    return 0;
  },
};

process.exitCode = await runCommand(command, process.argv.slice(2));
