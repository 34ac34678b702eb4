import { CHECKS } from '../lib/books/check.ts';
import { type OnwardReport, reconcileOnward } from '../lib/books/onward.ts';
import type { OffRow } from '../lib/books/passes.ts';
import { type ReconcileReport, reconcile } from '../lib/books/reconcile.ts';
import { noteResult } from '../lib/books/results.ts';
import { bookCommand } from './book-command.ts';
import { runCommand } from './cli.ts';

function reportText(report: ReconcileReport | OnwardReport): string {
  const { checkedAt, operations, wallets, checks, isClean } = report;
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
    `Checked ${operations} operations and ${wallets} wallets as of ${checkedAt}.`,
    ...('again' in report ? onwardLines(report) : []),
    '',
    ...lines,
    isClean
      ? '\nThe books are clean.'
      : `\n${off} of ${checks.length} checks found rows that are off: "When the books are off" in docs/operations.md tells what to do.`,
  ].join('\n');
}

function onwardLines({ again, known, unfinished }: OnwardReport): string[] {
  return [
    `Operations that were clean before: ${known}, of which ${again} were checked again; --full checks all.`,
    ...unfinished.map(
      ({ part, walletId }) =>
        `Out of time: ${part} operations were checked up to wallet ${walletId}; the next run goes on there.`,
    ),
  ];
}

function rowText({ walletId, transactionId, operationId, expected, actual }: OffRow): string {
  const where = [
    ...(walletId === null ? [] : [`wallet ${walletId}`]),
    ...(transactionId === null ? [] : [`transaction ${transactionId}`]),
    ...(operationId === null ? [] : [`operation ${operationId}`]),
  ];
  return `${where.join(', ') || 'in all'}: expected ${expected}, found ${actual}`;
}

const command = bookCommand({
  name: 'reconcile',
  summary: `Checks the books: balances against the journal, legs against legs, double entries against zero. Checks what came since
the previous run, all that is pending, and again a part of what was clean before.`,
  options: { full: { type: 'boolean' } },
  optionsHelp: '  --full      everything, in one snapshot\n',
  run: async (sql, seconds, { full = false }, beside) => {
    const report = full ? await reconcile(sql, seconds) : await reconcileOnward(sql, seconds, beside);
    await noteResult(sql, report);
    return { text: reportText(report), isClean: report.isClean };
  },
});

process.exitCode = await runCommand(command, process.argv.slice(2));
