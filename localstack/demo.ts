import { type Command, runCommand } from '../operate/cli.ts';
import { DEFAULT_BASE_PORT, lambdaName } from './addresses.ts';
import {
  type Api,
  apiOf,
  chapter,
  dim,
  explained,
  inUnits,
  invoke,
  openWallet,
  settle,
  type Wallet,
} from './demo-client.ts';
import { showWebhook } from './demo-webhook.ts';
import { readSystem } from './which-system.ts';

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
const RATES = { USD: '1', EUR: '1.093809', RUB: '0.009803', THB: '0.029758' };

/** Wallets are dealt over the groups in turn: so many are opened at most until two are in one group. */
const MAX_WALLETS = 64;

/** Runs of the balancer at most, each after twice as many operations as before it: another run may be under way. */
const MAX_REBALANCES = 7;

async function tell(api: Api, lambdaUrl: string | undefined): Promise<void> {
  const { shown } = api;
  chapter('Rates: USD per unit, to the last digit');
  await setRates(api, lambdaUrl !== undefined);
  await convert(api, 1_000_000n, 'EUR', 'THB');

  chapter('Three wallets in three currencies');
  const jon = await openWallet(api, 'Jon Snow', 'London', 'EUR');
  const ygritte = await openWallet(api, 'Ygritte', 'New York', 'USD');
  const som = await openWallet(api, 'Som', 'Bangkok', 'THB');
  const wallets = [jon, ygritte, som];

  chapter('Money in: 200 USD for the EUR wallet');
  const receipt = { WalletId: jon.id, Amount: 200_000_000n, Currency: 'USD' };
  await settle(api, shown.transactions.receive(receipt), { status: 'success', wallets });
  await shown.wallets.get(jon.id);

  chapter('Transfers, in the currency that the sender names');
  const toYgritte = {
    OriginWalletId: jon.id,
    TargetWalletId: ygritte.id,
    Amount: 50_000_000n,
    Currency: 'USD',
  };
  const noted = { ...toYgritte, Reference: `order-${jon.id}`, Metadata: { shop: 'north', till: '3' } };
  await settle(api, shown.transactions.transfer(noted), { status: 'success', wallets });
  const half = await convert(api, 25_000_000n, 'USD', 'THB');
  const toSom = { OriginWalletId: ygritte.id, TargetWalletId: som.id, Amount: half, Currency: 'THB' };
  await settle(api, shown.transactions.transfer(toSom), { status: 'success', wallets });

  await showLinked(api, ygritte, jon, som);
  chapter('One that is only tried out: more than there is');
  const tooMuch = { ...toSom, Amount: 9n * half };
  const tried = await shown.tryOut.transfer(tooMuch);
  console.log(`  it would end as ${tried.Status}: ${tried.Reason}`);

  chapter('The same, and it is declined');
  await settle(api, shown.transactions.transfer(tooMuch), { status: 'decline', wallets });

  chapter('An alert at an edge, and a receipt that crosses it: the event BalanceCrossed');
  const Balance = (await shown.wallets.get(jon.id)).Balance + 1n;
  const { AlertId } = await shown.wallets.addAlert(jon.id, { Direction: 'above', Balance });
  await settle(api, shown.transactions.receive(receipt), { status: 'success', wallets });
  await shown.wallets.removeAlert(jon.id, AlertId);

  await showHold(api, jon, ygritte);
  await showPayout(api, jon);

  chapter('A limit of a day, and a frozen wallet: what each declines');
  await shown.wallets.limit(jon.id, { SpendLimits: { PerDay: 60_000_000n } });
  await settle(api, shown.transactions.transfer(toYgritte), { status: 'decline', wallets });
  await shown.wallets.limit(jon.id, { SpendLimits: null });
  await shown.wallets.freeze(jon.id, { Direction: 'in' });
  await settle(api, shown.transactions.receive(receipt), { status: 'decline', wallets });
  await shown.wallets.unfreeze(jon.id);

  chapter('What happened in the first wallet: as a list, as a file, in total');
  await shown.operations.list({ walletId: jon.id }).page();
  await (await shown.operations.file({ walletId: jon.id })).text();
  const { AmountIn, AmountOut } = await shown.operations.total({ walletId: jon.id, currency: 'USD' });
  console.log(`  in ${inUnits(AmountIn, 'USD')}, out ${inUnits(AmountOut, 'USD')}`);

  if (lambdaUrl === undefined) {
    chapter('A rebalance comes by its schedule, and tells of itself by the event GroupsRebalanced');
  } else {
    await showWebhook(api, jon);
    await showRebalance(api, lambdaUrl, jon);
  }
  console.log('\nThat is the whole story.');
}

/** A price with its fee and its tax: all three are paid, or none is. */
async function showLinked(api: Api, payer: Wallet, seller: Wallet, office: Wallet): Promise<void> {
  const { shown } = api;
  chapter('A payment split over seller, fee and tax: linked, so that all are paid or none is');
  const paid = (to: Wallet, Amount: bigint) => {
    return { OriginWalletId: payer.id, TargetWalletId: to.id, Amount, Currency: 'USD' };
  };
  const wallets = [payer, seller, office];
  const Transfers = [paid(seller, 9_000_000n), paid(office, 600_000n), paid(office, 400_000n)];
  await settle(api, shown.transactions.link({ Transfers }), { status: 'success', wallets });
  const beyond = [paid(seller, 9_000_000n), paid(office, 900_000_000n)];
  await settle(api, shown.transactions.link({ Transfers: beyond }), { status: 'decline', wallets });
}

/** A hold is captured twice: the second capture gives the rest free. */
async function showHold(api: Api, from: Wallet, to: Wallet): Promise<void> {
  const { shown } = api;
  chapter('A hold: reserved, and captured in two parts');
  const hold = { WalletId: from.id, Amount: 20_000_000n, Currency: 'USD', OverCapture: 2_000_000n };
  const { HoldId } = await shown.holds.create(hold, { wait: 20 });
  const capture = { TargetWalletId: to.id, Amount: 12_000_000n, Final: false };
  await settle(api, shown.holds.capture(HoldId, capture), { status: 'success', wallets: [from, to] });
  await shown.holds.get(HoldId);
  const last = { TargetWalletId: to.id, Amount: 10_000_000n };
  await settle(api, shown.holds.capture(HoldId, last), { status: 'success', wallets: [from, to] });
}

/** Money out: held until the bank has answered. */
async function showPayout(api: Api, from: Wallet): Promise<void> {
  const { shown } = api;
  chapter('Money out: held, and paid once the bank has answered');
  const payout = { WalletId: from.id, Amount: 5_000_000n, Currency: 'EUR', Confirm: true };
  const { TransactionId } = await shown.payouts.send(payout, { wait: 20 });
  await shown.holds.list({ walletId: from.id, status: 'active' }).page();
  await settle(api, shown.payouts.confirm(TransactionId), { status: 'success', wallets: [from] });
}

/** A system of one's own gets the demo's rates; any other keeps those that it has. */
async function setRates({ shown, quiet }: Api, isOwn: boolean): Promise<void> {
  const known = new Set((await quiet.currencies.list()).map(({ Name }) => Name));
  const wanted = Object.entries(RATES).filter(([name]) => isOwn || !known.has(name));
  if (wanted.length > 0) await shown.currencies.update(Object.fromEntries(wanted));
  else console.log('The system has rates of its own for all four currencies, which stay.');
}

async function convert({ shown }: Api, amount: bigint, From: string, To: string): Promise<bigint> {
  const { Amount } = await shown.currencies.convert({ Amount: amount, From, To });
  console.log(`  ${inUnits(amount, From)} → ${inUnits(Amount, To)}`);
  return Amount;
}

/** Makes two wallets of one group busier than the others, so that the balancer has to part them. */
async function showRebalance(api: Api, lambdaUrl: string, first: Wallet): Promise<void> {
  chapter('Another wallet in the group of the first, as busy as that');
  const second = await walletBeside(api, first);
  chapter('A rebalance: what the schedule starts every 30 minutes');
  for (let run = 1; run <= MAX_REBALANCES; run++) {
    await makeBusy(api, [first, second], 2 ** run);
    const path = `/2015-03-31/functions/${lambdaName('balancer')}/invocations`;
    const { WalletsMoved } = JSON.parse(await invoke(lambdaUrl, path)) as { WalletsMoved?: number };
    if ((WalletsMoved ?? 0) === 0) continue;
    const groups = await Promise.all([first, second].map((wallet) => groupOf(api, wallet)));
    console.log(
      `  wallet ${first.id} is in group ${groups[0]} now, wallet ${second.id} in group ${groups[1]}`,
    );
    return;
  }
  throw new Error(`The balancer moved no wallet in ${MAX_REBALANCES} runs.`);
}

const groupOf = async ({ quiet }: Api, { id }: Wallet): Promise<number> =>
  (await quiet.wallets.get(id)).Group;

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
    Array.from({ length: count }, () => ({ WalletId: id, Amount: 1_000_000n, Currency: 'EUR' })),
  );
  const last = receipts.pop();
  if (last === undefined) return;
  console.log(dim(`  ${receipts.length + 1} receipts of 1.00 EUR`));
  await api.quiet.transactions.batch(receipts);
  await settle(api, api.shown.transactions.receive(last), { status: 'success', wallets: [] });
}

interface Options {
  readonly api: Api;
  /** Lambda's Invoke API; only a local system has one that needs no AWS account. */
  readonly lambdaUrl: string | undefined;
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
  read: ({ key, ...address }) => {
    const { http, lambda } = readSystem(address);
    return { api: apiOf(http, key), lambdaUrl: lambda };
  },
  run: async ({ api, lambdaUrl }) => {
    await tell(api, lambdaUrl).catch((error: unknown) => {
      throw explained(api, error);
    });
    return 0;
  },
};

process.exitCode = await runCommand(command, process.argv.slice(2));
