import { parseJson } from '../../../lib/wire/parse-json.ts';
import { keyOf, listedOf, type OperationsReader } from '../checks/check-readers.ts';
import { must } from '../checks/violation.ts';
import { invoke, type Lambda } from '../world/lambda.ts';
import { count, type World } from '../world/world.ts';
import { at } from './random.ts';

/** Before everything: the period of a reader's first page has no end. */
const FROM = '2000-01-01T00:00:00Z';

/** The most items on a page. */
const MAX_PAGE = 1_000;

/** The most pages that a reader needs to get to the end: far more than a run has. */
const MAX_PAGES = 1_000;

/** Reads the next page of one list: that of the wallets, or of a wallet's operations. */
export async function follow(world: World, lambda: Lambda, which: number, limit: number): Promise<string> {
  const list = at(['wallets' as const, ...world.journal.wallets.keys()], which);
  const { reading } = world.readers;
  if (reading.has(list)) return 'the reader of that list waits for a page';
  count(world, 'pages read by followers');
  reading.add(list);
  const page =
    list === 'wallets' ? followWallets(world, lambda, limit) : followOperations(world, lambda, list, limit);
  const got = await page.finally(() => reading.delete(list));
  const what = list === 'wallets' ? 'the wallets' : `the operations of wallet ${list}`;
  return `a reader goes on with ${what} → ${got ?? 'no page'}`;
}

/** Lets every reader go on to the end of its list. */
export async function followAll(world: World, lambda: Lambda): Promise<void> {
  const toEnd = async (page: () => Promise<number | undefined>) => {
    for (let pages = 0; pages < MAX_PAGES && (await page()) !== 0; pages++);
  };
  await toEnd(() => followWallets(world, lambda, MAX_PAGE));
  for (const walletId of world.journal.wallets.keys())
    await toEnd(() => followOperations(world, lambda, walletId, MAX_PAGE));
}

/** @returns how many wallets the page has; undefined if there was no page */
async function followWallets(world: World, lambda: Lambda, limit: number): Promise<number | undefined> {
  const { ids } = world.readers.wallets;
  const last = ids.at(-1);
  const page = await ask(
    world,
    lambda,
    'GET /wallets',
    {},
    {
      limit: limit.toString(),
      ...(last === undefined ? {} : { after: last.toString() }),
    },
  );
  if (page === undefined) return undefined;
  const { Wallets } = page as { Wallets: { WalletID: { rawJSON: string } }[] };
  world.step.followed.add('wallets');
  ids.push(...Wallets.map(({ WalletID }) => BigInt(WalletID.rawJSON)));
  return Wallets.length;
}

interface Item {
  readonly TransactionId: string;
  readonly Type: string;
  readonly Status: string;
  /** On a leg of a linked transaction. */
  readonly Number?: { readonly rawJSON: string };
}

/** @returns how many operations the page has; undefined if there was no page */
async function followOperations(
  world: World,
  lambda: Lambda,
  walletId: bigint,
  limit: number,
): Promise<number | undefined> {
  const reader = readerOf(world, walletId);
  const page = await ask(
    world,
    lambda,
    'GET /operations/{walletId}',
    { walletId: walletId.toString() },
    { limit: limit.toString(), ...(reader.next === undefined ? { from: FROM } : { after: reader.next }) },
  );
  if (page === undefined) return undefined;
  const { Operations, Next } = page as { Operations: Item[]; Next: string };
  world.step.followed.add(walletId);
  reader.next = Next;
  for (const item of Operations) take(reader, item);
  if (world.isAlone && Operations.length < limit) {
    must(
      reader.settled.length === listedOf(world.journal, walletId).length,
      'a page that is not full ends the list',
      () => `${reader.settled.length} operations of wallet ${walletId}`,
    );
  }
  return Operations.length;
}

function take(reader: OperationsReader, { TransactionId, Type, Status, Number: number }: Item): void {
  const key = keyOf(TransactionId, Type, Number(number?.rawJSON ?? 0));
  if (Status !== 'new') return void reader.settled.push(key);
  must(!reader.pending.has(key), 'a reader gets a pending operation once', () => key);
  reader.pending.add(key);
}

function readerOf({ readers }: World, walletId: bigint): OperationsReader {
  const reader = readers.operations.get(walletId) ?? { next: undefined, settled: [], pending: new Set() };
  readers.operations.set(walletId, reader);
  return reader;
}

/** @returns the payload; undefined if a fault kept it back */
async function ask(
  world: World,
  lambda: Lambda,
  route: string,
  path: Readonly<Record<string, string>>,
  query: Readonly<Record<string, string>>,
): Promise<unknown> {
  const reply = await lambda.untilDeath(invoke(lambda.http(route, world.groups), { route, path, query }));
  if (reply === 'died') return undefined;
  const isStruck = lambda.wire.struck() !== undefined || world.step.struck.has(lambda.slot);
  must(
    isStruck || reply.status === 200,
    'a report fails only by a fault',
    () => `${route}: ${reply.status} ${reply.text}`,
  );
  return reply.status === 200 ? (parseJson(reply.text) as { payload: unknown }).payload : undefined;
}
