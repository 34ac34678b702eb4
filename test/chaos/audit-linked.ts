import { known } from '../../lib/ledger/known.ts';
import type { Statements } from '../../lib/postgres/database.ts';
import type { AcceptedLinked, Ledger } from './requests.ts';

/** Legs fetched at once. */
const PAGE = 10_000;

/** How a linked transaction or its refund may end: all of its legs in the same way. */
const LINKED_ENDING = /^linked_\w+ (success|decline)(, linked_\w+ \1)*$/;

/** How a linked transaction or its refund ended; undefined for other legs, or for some that ended in several ways. */
export function linkedEndingOf(legs: string): string | undefined {
  const ending = LINKED_ENDING.exec(legs)?.[1];
  if (ending === undefined) return undefined;
  return ending === 'success' ? 'linked, succeeded' : 'linked, declined';
}

/** Checks of the journal; each finds rows that must not exist. */
export const LINKED_CHECKS = [
  {
    problem: 'a linked transaction is not whole',
    rows: (tx: Statements) => tx`
      SELECT transaction_id, count(*), max(linked_legs) FROM operations WHERE linked_legs IS NOT NULL GROUP BY transaction_id
      HAVING count(*) <> max(linked_legs) OR count(DISTINCT status) > 1`,
  },
  {
    problem: 'a transfer of a linked transaction takes something else than it brings',
    rows: (tx: Statements) => tx`
      SELECT debit.transaction_id, debit.number FROM operations AS debit LEFT JOIN operations AS credit
        ON credit.transaction_id = debit.transaction_id AND credit.number = debit.number AND credit.leg = 'linked_credit'
      WHERE debit.leg = 'linked_debit' AND (debit.amount, debit.currency, debit.wallet_id, debit.counterparty_id)
        IS DISTINCT FROM (credit.amount, credit.currency, credit.counterparty_id, credit.wallet_id)`,
  },
  {
    problem: 'a linked transaction and its refund do not come to zero in each wallet',
    rows: (tx: Statements) => tx`
      WITH refunded AS (
        SELECT DISTINCT refund_of AS id FROM operations WHERE refund_of IS NOT NULL AND linked_legs IS NOT NULL AND status = 'success'
      )
      SELECT refunded.id, wallet_id, currency, sum(CASE type_of(leg) WHEN 'in' THEN amount ELSE -amount END::numeric) AS rest
      FROM refunded JOIN operations ON coalesce(refund_of, transaction_id) = refunded.id
      WHERE linked_legs IS NOT NULL AND status = 'success'
      GROUP BY refunded.id, wallet_id, currency
      HAVING sum(CASE type_of(leg) WHEN 'in' THEN amount ELSE -amount END::numeric) <> 0`,
  },
];

/** A leg that was recorded for a request, as far as the request says it. */
export interface RecordedLeg {
  /** Of its transaction. */
  readonly id: string;
  readonly leg: string;
  readonly walletId: bigint;
  readonly counterpartyId: bigint | null;
  readonly amount: bigint;
  readonly currency: string;
  readonly key: string;
}

interface Leg extends RecordedLeg {
  readonly number: number;
}

/** What of accepted linked transactions is missing, what nobody sent or is there twice, and what is not as it was sent. */
export async function compareLinked(
  tx: Statements,
  linked: Ledger['linked'],
): Promise<{ missing: unknown[]; unexpected: unknown[]; changed: unknown[] }> {
  const missing = new Map(
    linked.entries().flatMap(([id, sent]) => legsOf(id, sent).map((leg) => [nameOf(leg), leg])),
  );
  const sent = new Set(missing.keys());
  const [unexpected, changed]: [unknown[], unknown[]] = [[], []];
  const pages = tx<Leg[]>`
    SELECT transaction_id AS id, number::int AS number, leg, wallet_id AS "walletId", counterparty_id AS "counterpartyId", amount, currency,
      correlation_id AS key
    FROM legs WHERE linked_legs IS NOT NULL AND refund_of IS NULL`.cursor(PAGE);
  for await (const page of pages) {
    for (const leg of page) {
      const name = nameOf(leg);
      const expected = missing.get(name);
      missing.delete(name);
      if (expected === undefined) unexpected.push(sent.has(name) ? { ...leg, isTwice: true } : leg);
      else if (!isSame(leg, expected)) changed.push(leg);
    }
  }
  return { missing: [...missing.keys()], unexpected, changed };
}

const nameOf = ({ id, number, leg }: Leg): string => `${leg} ${number} of ${id}`;

const legsOf = (id: string, { operations, key }: AcceptedLinked): Leg[] =>
  operations.flatMap(({ leg, walletId, counterpartyId, amount, currency }, index): Leg[] => {
    const each = { id, number: index + 1, amount, currency, key };
    if (leg === 'receipt') return [{ ...each, leg: 'linked_receipt', walletId, counterpartyId: null }];
    const targetId = known(counterpartyId, 'target of a transfer');
    return [
      { ...each, leg: 'linked_debit', walletId, counterpartyId: targetId },
      { ...each, leg: 'linked_credit', walletId: targetId, counterpartyId: walletId },
    ];
  });

/** Whether a leg is as it was sent. */
export const isSame = (row: RecordedLeg, expected: Omit<RecordedLeg, 'id'>): boolean =>
  row.leg === expected.leg &&
  row.walletId === expected.walletId &&
  row.counterpartyId === expected.counterpartyId &&
  row.amount === expected.amount &&
  row.currency === expected.currency &&
  row.key === expected.key;
