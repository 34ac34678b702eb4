import { type Command, runCommand } from '../operate/cli.ts';
import { DEFAULT_BASE_PORT, LOOPBACK, lambdaName, parseBasePort, portsFrom } from './addresses.ts';
import {
  type Api,
  ask,
  chapter,
  dim,
  inUnits,
  look,
  openWallet,
  type Payload,
  payloadOf,
  settle,
  type Wallet,
} from './demo-client.ts';

const HELP = `Drives a running my-little-ps through its whole story over HTTP, and prints it. It ends with exit code 0 where
everything came out as it has to: a smoke test, also of a deployed stage.

  npm run demo [-- options]

  --port N    the port that npm start was given (default ${DEFAULT_BASE_PORT})
  --url URL   another system instead, such as https://x.execute-api.eu-central-1.amazonaws.com; its rates stay, and only
              missing ones are set
  --key KEY   an API key with the scope admin, where the system needs one
  -h, --help  this text
`;

/** USD per unit. */
const RATES = { USD: 1, EUR: 1.093809, RUB: 0.009803, THB: 0.029758 };

/** Wallets are dealt over the groups in turn: so many are opened at most until two are in one group. */
const MAX_WALLETS = 64;

/** Runs of the balancer at most, each after twice as many operations as before it: another run may be under way. */
const MAX_REBALANCES = 7;

async function tell(api: Api, lambda: Api | undefined): Promise<void> {
  chapter('Rates: USD per unit, to the last digit');
  await setRates(api, lambda !== undefined);
  await convert(api, 1_000_000, 'EUR', 'THB');

  chapter('Three wallets in three currencies');
  const jon = await openWallet(api, 'Jon Snow', 'London', 'EUR');
  const ygritte = await openWallet(api, 'Ygritte', 'New York', 'USD');
  const som = await openWallet(api, 'Som', 'Bangkok', 'THB');
  const wallets = [jon, ygritte, som];

  chapter('Money in: 200 USD for the EUR wallet');
  const receipt = { WalletId: jon.id, Amount: 200_000_000, Currency: 'USD' };
  await settle(api, '/receive_amount', receipt, { status: 'success', wallets });
  await ask(api, 'GET', `/wallet/${jon.id}`);

  chapter('Transfers, in the currency that the sender names');
  const toYgritte = {
    OriginWalletId: jon.id,
    TargetWalletId: ygritte.id,
    Amount: 50_000_000,
    Currency: 'USD',
  };
  await settle(api, '/transfer_amount', toYgritte, { status: 'success', wallets });
  const half = await convert(api, 25_000_000, 'USD', 'THB');
  const toSom = { OriginWalletId: ygritte.id, TargetWalletId: som.id, Amount: half, Currency: 'THB' };
  await settle(api, '/transfer_amount', toSom, { status: 'success', wallets });

  chapter('One that is declined: more than there is');
  await settle(api, '/transfer_amount', { ...toSom, Amount: 9 * half }, { status: 'decline', wallets });

  chapter('What happened in the first wallet: as a list, as a file, in total');
  await ask(api, 'GET', `/operations/${jon.id}`);
  await ask(api, 'GET', `/operations/file/${jon.id}`);
  const total = payloadOf(await ask(api, 'GET', `/operations/total/${jon.id}?currency=USD`));
  console.log(`  in ${inUnits(total['AmountIn'], 'USD')}, out ${inUnits(total['AmountOut'], 'USD')}`);

  if (lambda === undefined) {
    chapter('A rebalance comes by its schedule, and tells of itself by the event GroupsRebalanced');
  } else {
    await showRebalance(api, lambda, jon);
  }
  console.log('\nThat is the whole story.');
}

/** A system of one's own gets the demo's rates; any other keeps those that it has. */
async function setRates(api: Api, isOwn: boolean): Promise<void> {
  const { Currencies } = await look(api, '/currencies');
  const known = new Set((Currencies as Payload[]).map(({ Name }) => Name));
  const wanted = Object.entries(RATES).filter(([name]) => isOwn || !known.has(name));
  if (wanted.length > 0) await ask(api, 'POST', '/update_currencies', { Rates: Object.fromEntries(wanted) });
  else console.log('The system has rates of its own for all four currencies, which stay.');
}

async function convert(api: Api, amount: number, from: string, to: string): Promise<number> {
  const { Amount } = payloadOf(await ask(api, 'GET', `/convert_amount/${amount}/${from}/${to}`));
  console.log(`  ${inUnits(amount, from)} → ${inUnits(Amount, to)}`);
  return Amount as number;
}

/** Makes two wallets of one group busier than the others, so that the balancer has to part them. */
async function showRebalance(api: Api, lambda: Api, first: Wallet): Promise<void> {
  chapter('Another wallet in the group of the first, as busy as that');
  const second = await walletBeside(api, first);
  chapter('A rebalance: what the schedule starts every 30 minutes');
  for (let run = 1; run <= MAX_REBALANCES; run++) {
    await makeBusy(api, [first, second], 2 ** run);
    const path = `/2015-03-31/functions/${lambdaName('balancer')}/invocations`;
    const { WalletsMoved } = JSON.parse(await ask(lambda, 'POST', path, {})) as { WalletsMoved?: number };
    if ((WalletsMoved ?? 0) === 0) continue;
    const groups = await Promise.all([first, second].map((wallet) => groupOf(api, wallet)));
    console.log(
      `  wallet ${first.id} is in group ${groups[0]} now, wallet ${second.id} in group ${groups[1]}`,
    );
    return;
  }
  throw new Error(`The balancer moved no wallet in ${MAX_REBALANCES} runs.`);
}

async function groupOf(api: Api, { id }: Wallet): Promise<number> {
  return (await look(api, `/wallet/${id}`))['Group'] as number;
}

async function walletBeside(api: Api, first: Wallet): Promise<Wallet> {
  const group = await groupOf(api, first);
  for (let opened = 1; opened <= MAX_WALLETS; opened++) {
    const wallet = await openWallet(api, 'Bran', 'York', 'EUR');
    if ((await groupOf(api, wallet)) === group) return wallet;
  }
  throw new Error(`None of ${MAX_WALLETS} new wallets is in group ${group}.`);
}

/** Gives each wallet that many operations, and waits until they are settled. */
async function makeBusy(api: Api, wallets: readonly Wallet[], count: number): Promise<void> {
  const receipts = wallets.flatMap(({ id }) =>
    Array.from({ length: count }, () => ({ WalletId: id, Amount: 1_000_000, Currency: 'EUR' })),
  );
  const last = receipts.pop();
  console.log(dim(`  ${receipts.length + 1} receipts of 1.00 EUR`));
  const body = JSON.stringify({ Operations: receipts });
  const signal = AbortSignal.timeout(60_000);
  const response = await fetch(`${api.url}/batch`, { method: 'POST', headers: api.headers, body, signal });
  if (!response.ok) throw new Error(`POST /batch was answered with status ${response.status}.`);
  await settle(api, '/receive_amount', last, { status: 'success', wallets: [] });
}

interface Options {
  readonly api: Api;
  /** Lambda's Invoke API; only a local system has one that needs no AWS account. */
  readonly lambda: Api | undefined;
}

const OPTIONS = {
  port: { type: 'string' },
  url: { type: 'string' },
  key: { type: 'string' },
} as const;

const command: Command<typeof OPTIONS, Options> = {
  script: 'npm run demo',
  help: HELP,
  options: OPTIONS,
  read: ({ port, url, key }) => {
    const headers: Api['headers'] = key === undefined ? {} : { Authorization: `Bearer ${key}` };
    if (url !== undefined) {
      if (port !== undefined) throw new Error('--port and --url name two systems: give one of them.');
      return { api: { url: readUrl(url), headers }, lambda: undefined };
    }
    const { http, lambda } = portsFrom(parseBasePort(port ?? String(DEFAULT_BASE_PORT)));
    const at = (number: number): string => `http://${LOOPBACK}:${number}`;
    return { api: { url: at(http), headers }, lambda: { url: at(lambda), headers: {} } };
  },
  run: async ({ api, lambda }) => {
    await tell(api, lambda);
    return 0;
  },
};

/** Without a slash at its end: paths begin with one. */
function readUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '')
    return url.href.replace(/\/+$/, '');
  throw new Error(`--url takes the address of an API, such as https://host/stage, not "${text}".`);
}

process.exitCode = await runCommand(command, process.argv.slice(2));
