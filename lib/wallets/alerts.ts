import type { AlertDirection, Edge } from '../ledger/alert.ts';
import { known } from '../ledger/known.ts';
import type { Statements, Tx } from '../postgres/database.ts';
import { noAlert, noWallet, ok, type Result, refused } from '../wire/refusal.ts';
import { shownTime } from '../wire/time.ts';

/** Alerts of a wallet: enough for steps of a balance, few enough that each operation is compared with all of them. */
export const MAX_ALERTS = 20;

/** An alert as callers see it. */
export interface AlertView {
  readonly AlertId: string;
  readonly WalletId: bigint;
  readonly Direction: AlertDirection;
  /** The threshold, in millionths of a unit of the wallet's currency. */
  readonly Balance: bigint;
  readonly CreatedAt: string;
}

const alertColumns = (sql: Statements) => sql`
  id AS "AlertId", wallet_id AS "WalletId", direction AS "Direction", threshold AS "Balance", created_at AS "CreatedAt"`;

/**
 * Adds an alert to a wallet under its row lock: it counts for what is settled afterwards. One at the same edge is there once: adding it
 * again answers with the first.
 *
 * @param id of the new alert
 * @returns a refusal if the wallet is unknown or closed, or has {@link MAX_ALERTS} others
 */
export async function addAlert(
  tx: Tx,
  walletId: bigint,
  id: string,
  { direction, threshold }: Edge,
): Promise<Result<AlertView>> {
  const wallet = await lockWallet(tx, walletId);
  if (wallet === undefined) return noWallet(walletId);
  const alerts = await readAlerts(tx, walletId);
  const same = alerts.find(({ Direction, Balance }) => Direction === direction && Balance === threshold);
  if (same !== undefined) return ok(same);
  if (wallet.isClosed)
    return refused('wallet_closed', `wallet ${walletId} is closed for good: its balance stays 0`);
  if (alerts.length >= MAX_ALERTS)
    return refused(
      'too_many_alerts',
      `wallet ${walletId} has ${MAX_ALERTS} alerts: remove one before you add another`,
    );
  const [alert] = await tx<AlertView[]>`
    INSERT INTO wallet_alerts (wallet_id, id, direction, threshold, after_position)
    VALUES (${walletId}, ${id}, ${direction}, ${threshold}, ${wallet.chainLength})
    RETURNING ${alertColumns(tx)}`;
  if (alerts.length === 0) await tx`UPDATE wallets SET has_alerts = true WHERE id = ${walletId}`;
  return ok(toView(known(alert, `alert ${id}`)));
}

/**
 * Removes an alert under its wallet's row lock: what is settled afterwards does not fire it.
 *
 * @returns the removed one, or a refusal if the wallet or its alert is unknown
 */
export async function removeAlert(tx: Tx, walletId: bigint, id: string): Promise<Result<AlertView>> {
  if ((await lockWallet(tx, walletId)) === undefined) return noWallet(walletId);
  const [alert] = await tx<AlertView[]>`
    DELETE FROM wallet_alerts WHERE wallet_id = ${walletId} AND id = ${id} RETURNING ${alertColumns(tx)}`;
  if (alert === undefined) return noAlert(walletId, id);
  const others = await readAlerts(tx, walletId);
  if (others.length === 0) await tx`UPDATE wallets SET has_alerts = false WHERE id = ${walletId}`;
  return ok(toView(alert));
}

/** A wallet's alerts, the oldest first. @returns a refusal if the wallet is unknown */
export async function listAlerts(
  sql: Statements,
  walletId: bigint,
): Promise<Result<{ readonly Alerts: readonly AlertView[] }>> {
  const alerts = await readAlerts(sql, walletId);
  if (alerts.length > 0) return ok({ Alerts: alerts });
  const [wallet] = await sql`SELECT FROM wallets WHERE id = ${walletId}`;
  return wallet === undefined ? noWallet(walletId) : ok({ Alerts: [] });
}

const toView = (alert: AlertView): AlertView => ({ ...alert, CreatedAt: shownTime(alert.CreatedAt) });

async function readAlerts(sql: Statements, walletId: bigint): Promise<readonly AlertView[]> {
  const alerts = await sql<AlertView[]>`
    SELECT ${alertColumns(sql)} FROM wallet_alerts WHERE wallet_id = ${walletId} ORDER BY created_at, id`;
  return alerts.map(toView);
}

async function lockWallet(
  tx: Tx,
  id: bigint,
): Promise<{ readonly chainLength: bigint; readonly isClosed: boolean } | undefined> {
  const [wallet] = await tx<{ chainLength: bigint; isClosed: boolean }[]>`
    SELECT chain_length AS "chainLength", closed_at IS NOT NULL AS "isClosed" FROM wallets
    WHERE id = ${id} FOR NO KEY UPDATE`;
  return wallet;
}
