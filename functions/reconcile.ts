import { type ReconcileReport, reconcile } from '../lib/books/reconcile.ts';
import { database, type Sql } from '../lib/postgres/database.ts';
import { entry } from '../lib/runtime/entry.ts';
import { logger } from '../lib/runtime/log.ts';
import { countUnit, metrics } from '../lib/runtime/metrics.ts';
import { observed } from '../lib/runtime/observed.ts';

/** Seconds until the database gives up: less than the function's timeout, so that the log says why. */
const LIMIT_SECONDS = 840;

/** Makes the function that checks the books. What is off is for an alarm on its metric; only an outage throws. */
export const createReconciler =
  ({ sql }: { readonly sql: Sql }) =>
  async (): Promise<ReconcileReport> => {
    const report = await reconcile(sql, LIMIT_SECONDS);
    const { checks, ...size } = report;
    const off = checks.filter(({ problems }) => problems > 0);
    const problems = off.reduce((sum, check) => sum + check.problems, 0);
    metrics.addMetric('ReconcileProblems', countUnit, problems);
    metrics.addMetric('ReconcileChecked', countUnit, report.operations);
    if (report.isClean) logger.info('reconciled', { ...size, problems });
    else logger.error('the books are off', { ...size, problems, checks: off });
    return report;
  };

export const handler = entry(database)(observed('reconcile', createReconciler));
