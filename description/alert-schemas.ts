import * as z from 'zod';
import { ALERT_DIRECTIONS } from '../lib/ledger/alert.ts';
import type { AlertView } from '../lib/wallets/alerts.ts';
import { signedAmount, time, uuid, walletId } from './field-schemas.ts';

export const alert = z
  .strictObject({
    AlertId: uuid("The alert's id."),
    WalletId: walletId(),
    Direction: z
      .enum(ALERT_DIRECTIONS)
      .meta({ description: 'To which side of `Balance` it tells the crossing.' }),
    Balance: signedAmount("The edge, in the wallet's currency"),
    CreatedAt: time('When it was added'),
  })
  .meta({
    id: 'Alert',
    description: "An edge of a wallet's balance whose crossing is told.",
  }) satisfies z.ZodType<AlertView>;

export const alerts = z.strictObject({ Alerts: z.array(alert).readonly() });
