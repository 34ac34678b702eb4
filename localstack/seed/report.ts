import { tableLines } from '../../operate/text-table.ts';
import { inUnits } from '../demo-client.ts';
import { addsUp, type Sums } from './balances.ts';
import type { Performed } from './perform.ts';
import { grouped } from './progress.ts';
import type { Story } from './story.ts';

/** What was made, a line for wallets and one for each kind of operation. */
export function madeLines({ cast: { shops, customers } }: Story, { counts }: Performed): string[] {
  const rows = [
    ['Made', ''],
    ['  wallets of customers', grouped(customers.length)],
    ['  wallets of shops', grouped(shops.length)],
    ...[...counts].map(([kind, count]) => [`  operations: ${kind}`, grouped(count)]),
  ];
  return tableLines(rows, new Set([1]));
}

/** What was sent in and what is held, by currency, and whether that adds up. */
export function sumLines(sums: readonly Sums[]): string[] {
  const wrong = sums.filter((each) => !addsUp(each)).map(({ currency }) => currency);
  const rows = [
    ['sent in', 'exchanged', 'held by the wallets'],
    ...sums.map(({ currency, sentIn, exchanged, held }) =>
      [sentIn, exchanged, held].map((amount) => signed(amount, currency)),
    ),
  ];
  const verdict =
    wrong.length === 0
      ? 'The wallets hold exactly what was sent in, plus what was exchanged.'
      : `These do not add up: ${wrong.join(', ')}. What is missing is pending, or lost: npm run reconcile tells.`;
  return [...tableLines(rows, new Set([0, 1, 2])), verdict];
}

const signed = (amount: bigint, currency: string): string =>
  amount < 0n ? `-${inUnits(-amount, currency)}` : inUnits(amount, currency);
