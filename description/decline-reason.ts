import * as z from 'zod';
import { DECLINE_REASONS } from '../lib/ledger/leg.ts';

/** Why an operation or a transaction is declined. */
export const reason = z.enum(DECLINE_REASONS).meta({
  id: 'DeclineReason',
  description:
    '`insufficient_funds`: less than the amount is available. `wallet_frozen`, `wallet_closed`: the wallet is. `operation_limit`, ' +
    '`daily_limit`, `monthly_limit`: it may not spend so much at once, on one day or in one month. `hold_not_active`: the hold was settled by an earlier request, ' +
    'or declined. `balance_limit`: the balance would exceed its limit, or 64 bits. `amount_too_small`: the amount is worth less ' +
    "than a millionth in the wallet's currency. `currency_not_allowed`: the rate was withdrawn after it was accepted. " +
    '`cancelled`: a payout that was held, by its caller. `capture_exceeds_hold`: earlier captures left less of the hold. ' +
    '`linked_declined`: another transfer of the linked transaction failed.',
});
