import type { Finding } from '../lib/books/chain-walk.ts';
import { type VerifyReport, verifyChains } from '../lib/books/verify.ts';
import { bookCommand } from './book-command.ts';
import { runCommand } from './cli.ts';

function reportText({ checkedAt, operations, wallets, problems, findings, isClean }: VerifyReport): string {
  const more = problems > findings.length ? [`  and ${problems - findings.length} more`] : [];
  return [
    `Checked ${operations} settled operations of ${wallets} wallets as of ${checkedAt}.\n`,
    ...findings.map((finding) => `  ${findingText(finding)}`),
    ...more,
    isClean
      ? 'Every chain is whole.'
      : `\n${problems} broken ${problems === 1 ? 'chain' : 'chains'}: "When the books are off" in docs/operations.md tells what to do.`,
  ].join('\n');
}

function findingText({ kind, walletId, position, operationId, transactionId, says }: Finding): string {
  const operation = operationId === null ? '' : `, operation ${operationId} of transaction ${transactionId}`;
  return `${kind}: wallet ${walletId}, position ${position}${operation}: ${says}`;
}

const command = bookCommand({
  name: 'verify',
  summary: 'Recomputes the hash chain of every wallet, and finds what was changed, removed or inserted.',
  options: {},
  optionsHelp: '',
  run: async (sql, seconds, _values, beside) => {
    const report = await verifyChains(sql, seconds, beside);
    return { text: reportText(report), isClean: report.isClean };
  },
});

process.exitCode = await runCommand(command, process.argv.slice(2));
