import { parseJson } from '../../../lib/wire/parse-json.ts';
import { type Given, isGiven } from '../checks/check-details.ts';
import { amountOver } from '../checks/check-holds.ts';
import { show } from '../checks/check-legs.ts';
import { failedOf } from '../checks/check-linked.ts';
import { isIncoming, isListed } from '../checks/check-readers.ts';
import { rulesOf } from '../checks/check-rules.ts';
import { overOf } from '../checks/hold-money.ts';
import { type Journal, type Operation, statusOf } from '../checks/journal.ts';
import { must } from '../checks/violation.ts';
import { invoke, type Lambda } from '../world/lambda.ts';
import { count, type World } from '../world/world.ts';
import { at } from './random.ts';

/** A reply's payload: whole numbers as their text. */
type Payload = Readonly<Record<string, unknown>>;

/** A report to request, and the check of its content. */
interface Question {
  readonly route: string;
  readonly path: Readonly<Record<string, string>>;
  readonly check: (payload: Payload) => boolean;
}

/** The most operations on a page. */
const PAGE = 1_000;

/** Requests a report. Its content is checked if it was the only actor of its step. */
export async function read(world: World, lambda: Lambda, what: number, which: number): Promise<string> {
  const question = questionOf(world, what, which);
  if (question === undefined) return 'there is nothing to read';
  const { route, path, check } = question;
  count(world, 'reports read');
  const reply = await lambda.untilDeath(invoke(lambda.http(route, world.groups), { route, path }));
  if (reply === 'died') return `${route} → no reply`;
  const { status, text } = reply;
  const isStruck = lambda.wire.struck() !== undefined || world.step.struck.has(lambda.slot);
  must(
    isStruck || status === 200,
    'a report fails only by a fault',
    () => `${route} ${show(path)}: ${status} ${text}`,
  );
  if (status === 200 && world.step.sent.size === 0 && world.isAlone) {
    const { payload } = parseJson(text) as { payload: Payload };
    must(
      check(payload),
      'reports agree with the journal',
      () => `${route} ${show(path)}: ${text.slice(0, 2_000)}`,
    );
  }
  return `${route} ${Object.values(path).join(' ')} → ${status}`;
}

function questionOf({ journal, known }: World, what: number, which: number): Question | undefined {
  const walletId = at([...journal.wallets.keys()], which);
  const path = { walletId: walletId.toString() };
  const own = () => [...journal.operations.values()].filter((row) => row.walletId === walletId);
  const wallet = journal.wallets.get(walletId);
  const heldIds = () => [...known.holdIds, ...known.payoutIds.filter((id) => journal.holds.has(id))];
  const questions: readonly (() => Question | undefined)[] = [
    () => ({
      route: 'GET /wallet/{walletId}',
      path,
      check: ({ Balance, Available, CreditLimit, Status }) => {
        if (wallet === undefined) return false;
        const { creditLimit, frozenIn, frozenOut, isClosed } = rulesOf(wallet);
        const free = wallet.balance - wallet.held + amountOver(journal, walletId);
        return (
          digits(Balance) === wallet.balance &&
          digits(Available) === free + creditLimit &&
          digits(CreditLimit) === creditLimit &&
          Status === (isClosed ? 'closed' : frozenIn || frozenOut ? 'frozen' : 'active')
        );
      },
    }),
    () => ({
      route: 'GET /operations/{walletId}',
      path,
      check: ({ Operations }) =>
        (Operations as unknown[]).length === Math.min(PAGE, own().filter(isListed).length),
    }),
    () => ({
      route: 'GET /operations/total/{walletId}',
      path,
      check: ({ AmountIn, AmountOut }) => {
        const total = (isIn: boolean) =>
          totalOf(
            journal,
            own().filter((row) => isIn === isIncoming(row)),
          );
        return digits(AmountIn) === total(true) && digits(AmountOut) === total(false);
      },
    }),
    () => transactionQuestion(journal, known.transactionIds, which),
    () => holdQuestion(journal, heldIds(), which),
    () => transactionQuestion(journal, known.payoutIds, which),
  ];
  return at(questions, what)();
}

/** The total in USD, with each operation converted and rounded down separately. */
function totalOf({ currencies }: Journal, rows: readonly Operation[]): bigint {
  return rows
    .filter((row) => row.status === 'success' && isListed(row))
    .reduce(
      (sum, { amount, currency }) => sum + (amount * (currencies.get(currency)?.rate ?? 0n)) / 10n ** 12n,
      0n,
    );
}

function transactionQuestion(journal: Journal, ids: readonly string[], which: number): Question | undefined {
  if (ids.length === 0) return undefined;
  const transactionId = at(ids, which);
  const legs = journal.byTransaction.get(transactionId) ?? [];
  const status = statusOf(legs);
  const number = failedOf(legs)?.number;
  const check = ({ Status, DeclinedNumber, Reference, Description, Metadata }: Payload) =>
    Status === status &&
    (DeclinedNumber === undefined ? undefined : Number(digits(DeclinedNumber))) === number &&
    isGiven(journal, transactionId, { Reference, Description, Metadata } as Given);
  return { route: 'GET /transaction/{transactionId}', path: { transactionId }, check };
}

function holdQuestion(journal: Journal, ids: readonly string[], which: number): Question | undefined {
  if (ids.length === 0) return undefined;
  const holdId = at(ids, which);
  const hold = journal.holds.get(holdId);
  const status = journal.over.has(holdId) ? 'expired' : (hold?.status ?? 'new');
  const isAsKnown = ({ Status, Captured, OverCapture }: Payload) =>
    Status === status &&
    digits(Captured) === (hold?.captured ?? 0n) &&
    digits(OverCapture) === overOf(journal, { holdId });
  return { route: 'GET /hold/{holdId}', path: { holdId }, check: isAsKnown };
}

const digits = (value: unknown): bigint => BigInt((value as { rawJSON: string }).rawJSON);
