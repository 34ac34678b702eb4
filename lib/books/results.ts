import type { Sql } from '../postgres/database.ts';
import { cannotWrite } from '../postgres/errors.ts';
import type { OnwardReport } from './onward.ts';
import type { ReconcileReport } from './reconcile.ts';

/** Whether a run came to all that is new, pending, or was off before: what is off counts as new until it is clean. */
export const isThrough = (report: OnwardReport | ReconcileReport): boolean =>
  !('unfinished' in report) || report.unfinished.length === 0;

/**
 * Keeps what a check found, for overviews; nothing of one that found nothing and did not come through all. A database that is only
 * read, such as a standby, is checked without a note.
 */
export async function noteResult(sql: Sql, report: OnwardReport | ReconcileReport): Promise<void> {
  const faults = report.checks.reduce((sum, { problems }) => sum + problems, 0);
  if (faults === 0 && !isThrough(report)) return;
  const kind = 'unfinished' in report ? 'onward' : 'full';
  try {
    await sql`
      INSERT INTO book_results (kind, checked_at, faults) VALUES (${kind}, ${report.checkedAt}::timestamptz, ${faults})
      ON CONFLICT (kind) DO UPDATE SET checked_at = excluded.checked_at, faults = excluded.faults`;
  } catch (error) {
    if (!cannotWrite(error)) throw error;
  }
}
