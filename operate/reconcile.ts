import { CHECKS } from '../lib/books/check.ts';
import { type OffRow, type ReconcileReport, reconcile } from '../lib/books/reconcile.ts';
import { bookCommand } from './book-command.ts';
import { runCommand } from './cli.ts';

function reportText({ checkedAt, operations, wallets, checks, isClean }: ReconcileReport): string {
  const lines = checks.flatMap(({ name, problems, rows }) => {
    const more = problems > rows.length ? [`         and ${problems - rows.length} more`] : [];
    const verdict = problems === 0 ? 'ok ' : 'OFF';
    return [
      `  ${verdict}  ${name}: ${CHECKS[name]}`,
      ...rows.map((row) => `         ${rowText(row)}`),
      ...more,
    ];
  });
  const off = checks.filter(({ problems }) => problems > 0).length;
  return [
    `Checked ${operations} operations and ${wallets} wallets as of ${checkedAt}.\n`,
    ...lines,
    isClean
      ? '\nThe books are clean.'
      : `\n${off} of ${checks.length} checks found rows that are off: "When the books are off" in docs/operations.md tells what to do.`,
  ].join('\n');
}

function rowText({ walletId, transactionId, operationId, expected, actual }: OffRow): string {
  const where = [
    ...(walletId === null ? [] : [`wallet ${walletId}`]),
    ...(transactionId === null ? [] : [`transaction ${transactionId}`]),
    ...(operationId === null ? [] : [`operation ${operationId}`]),
  ];
  return `${where.join(', ') || 'in all'}: expected ${expected}, found ${actual}`;
}

const command = bookCommand(
  'reconcile',
  'Checks the books: balances against the journal, legs against legs, double entries against zero.',
  async (sql, seconds) => {
    const report = await reconcile(sql, seconds);
    return { text: reportText(report), isClean: report.isClean };
  },
);

process.exitCode = await runCommand(command, process.argv.slice(2));
