import * as z from 'zod';
import { databaseForTwo as database } from '../lib/aws/database.ts';
import { type OnwardReport, reconcileOnward } from '../lib/books/onward.ts';
import { type ReconcileReport, reconcile } from '../lib/books/reconcile.ts';
import { isThrough, noteResult } from '../lib/books/results.ts';
import { onceAwake } from '../lib/postgres/awake.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { entry } from '../lib/runtime/entry.ts';
import { logger } from '../lib/runtime/log.ts';
import { countUnit, metrics } from '../lib/runtime/metrics.ts';
import { observed } from '../lib/runtime/observed.ts';

/**
 * Seconds after which no portion begins: the function's timeout, less 40 to wake the database, and the longest that a portion and
 * the sums behind it may take, 60 each.
 */
const LIMIT_SECONDS = 740;

/** `{"Full": true}` checks everything in one snapshot, which must end in time. The schedule's event says nothing of it. */
const EVENT = z.object({ Full: z.boolean().default(false) });

interface Connections {
  readonly sql: Sql;
  readonly beside?: Sql;
}

/**
 * Makes the function that checks what came since its previous run, and again a part of the rest; or everything. What is off
 * is for an alarm on its metric; only an outage throws.
 */
export const createReconciler =
  ({ sql, beside }: Connections, seconds = LIMIT_SECONDS) =>
  async (event: unknown = {}): Promise<OnwardReport | ReconcileReport> => {
    const { Full } = EVENT.parse(event);
    const report = Full ? await reconcile(sql, seconds) : await reconcileOnward(sql, seconds, beside);
    await noteResult(sql, report);
    const { checks, ...size } = report;
    const off = checks.filter(({ problems }) => problems > 0);
    const problems = off.reduce((sum, check) => sum + check.problems, 0);
    // A zero ends the alarm. A run that did not come through says nothing about the wallets that it did not reach.
    if (problems > 0 || isThrough(report)) metrics.addMetric('ReconcileProblems', countUnit, problems);
    metrics.addMetric('ReconcileChecked', countUnit, report.operations);
    if (report.isClean) logger.info('reconciled', { ...size, problems });
    else logger.error('the books are off', { ...size, problems, checks: off });
    return report;
  };

export const handler = entry(database)(observed('reconcile', onceAwake(createReconciler)));
