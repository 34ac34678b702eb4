// Made from description/ by `npm run client:types`. Do not edit.

/**
 * `insufficient_funds`: less than the amount is available. `wallet_frozen`, `wallet_closed`: the wallet is. `operation_limit`, `daily_limit`, `monthly_limit`: it may not spend so much at once, on one day or in one month. `hold_not_active`: the hold was settled by an earlier request, or declined. `balance_limit`: the balance would exceed its limit, or 64 bits. `amount_too_small`: the amount is worth less than a millionth in the wallet's currency. `currency_not_allowed`: the rate was withdrawn after it was accepted. `cancelled`: a payout that was held, by its caller. `capture_exceeds_hold`: earlier captures left less of the hold. `linked_declined`: another transfer of the linked transaction failed.
 */
export type DeclineReason =
  | 'insufficient_funds'
  | 'balance_limit'
  | 'amount_too_small'
  | 'currency_not_allowed'
  | 'hold_not_active'
  | 'cancelled'
  | 'capture_exceeds_hold'
  | 'wallet_frozen'
  | 'wallet_closed'
  | 'operation_limit'
  | 'daily_limit'
  | 'monthly_limit'
  | 'linked_declined';
export type AcceptBatchBody = Batch | AtomicBatch;
/**
 * What programs branch on. A code never changes its meaning.
 */
export type ErrorCode =
  | 'invalid_json'
  | 'fields_missing'
  | 'invalid_field'
  | 'invalid_idempotency_key'
  | 'currency_not_allowed'
  | 'filter_missing'
  | 'amount_out_of_range'
  | 'same_wallet'
  | 'unauthorized'
  | 'forbidden'
  | 'wallet_not_found'
  | 'transaction_not_found'
  | 'hold_not_found'
  | 'alert_not_found'
  | 'webhook_not_found'
  | 'message_not_found'
  | 'key_not_found'
  | 'route_not_found'
  | 'method_not_allowed'
  | 'not_refundable'
  | 'refund_exceeds_transaction'
  | 'hold_not_active'
  | 'capture_exceeds_hold'
  | 'reference_taken'
  | 'payout_not_pending'
  | 'too_many_currencies'
  | 'too_many_alerts'
  | 'too_many_webhooks'
  | 'webhook_disabled'
  | 'too_many_keys'
  | 'key_revoked'
  | 'last_admin_key'
  | 'wallet_closed'
  | 'wallet_not_empty'
  | 'credit_in_use'
  | 'rebalance_in_progress'
  | 'body_too_large'
  | 'report_too_large'
  | 'unsupported_encoding'
  | 'idempotency_key_reused'
  | 'too_many_requests'
  | 'database_unavailable'
  | 'files_unavailable'
  | 'internal_error'
  | 'out_of_time';
export type ResendMessagesBody = ResendMessage | ResendSince;

/**
 * What a request takes and what its reply gives, by its method and path.
 */
export interface Api {
  'POST /update_currencies': {
    body: UpdateCurrenciesBody;
    reply: Nothing;
  };
  'GET /currencies': {
    reply: Currencies;
  };
  'GET /currency/{currency}/rates': {
    query: {
      from?: string;
      to?: string;
      limit?: number;
    };
    reply: RatesPage;
  };
  'GET /convert_amount/{amount}/{from}/{to}': {
    reply: Conversion;
  };
  'POST /wallet': {
    body: CreateWalletBody;
    reply: CreatedWallet;
  };
  'GET /wallet/{walletId}': {
    query: {
      at?: string;
    };
    reply: Wallet | PastBalance;
  };
  'GET /wallets': {
    query: {
      limit?: number;
      after?: bigint;
      owner?: string;
      reference?: string;
      metadataName?: string;
      metadataValue?: string;
      status?: 'active' | 'frozen' | 'closed';
      currency?: string;
    };
    reply: WalletsPage;
  };
  'POST /wallet/{walletId}/freeze': {
    body: FreezeWalletBody;
    reply: WalletRules;
  };
  'POST /wallet/{walletId}/unfreeze': {
    body: UnfreezeWalletBody;
    reply: WalletRules;
  };
  'POST /wallet/{walletId}/close': {
    body: CloseWalletBody;
    reply: WalletRules;
  };
  'POST /wallet/{walletId}/rename': {
    body: RenameWalletBody;
    reply: WalletRules;
  };
  'POST /wallet/{walletId}/alerts': {
    body: AddAlertBody;
    reply: Alert;
  };
  'GET /wallet/{walletId}/alerts': {
    reply: {
      Alerts: Alert[];
    };
  };
  'POST /wallet/{walletId}/alerts/remove': {
    body: RemoveAlertBody;
    reply: Alert;
  };
  'POST /wallet/{walletId}/limits': {
    body: LimitWalletBody;
    reply: WalletRules;
  };
  'POST /receive_amount': {
    body: Receipt;
    reply: AcceptedTransaction;
  };
  'POST /transfer_amount': {
    body: Transfer;
    reply: AcceptedTransaction;
  };
  'POST /send_amount': {
    body: SendAmountBody;
    reply: AcceptedTransaction;
  };
  'POST /send_amount/{transactionId}/confirm': {
    body: ConfirmPayoutBody;
    reply: AcceptedTransaction;
  };
  'POST /send_amount/{transactionId}/cancel': {
    body: CancelPayoutBody;
    reply: AcceptedTransaction;
  };
  'GET /transaction/{transactionId}': {
    reply: Transaction;
  };
  'GET /transaction/{transactionId}/story': {
    reply: Story;
  };
  'GET /transactions': {
    query: {
      wallet?: bigint;
      owner?: string;
      correlationId?: string;
      reference?: string;
      metadataName?: string;
      metadataValue?: string;
      status?: 'new' | 'success' | 'decline' | 'processing';
      reason?:
        | 'insufficient_funds'
        | 'balance_limit'
        | 'amount_too_small'
        | 'currency_not_allowed'
        | 'hold_not_active'
        | 'cancelled'
        | 'capture_exceeds_hold'
        | 'wallet_frozen'
        | 'wallet_closed'
        | 'operation_limit'
        | 'daily_limit'
        | 'monthly_limit'
        | 'linked_declined';
      kind?: 'receipt' | 'transfer' | 'refund' | 'payout' | 'linked';
      currency?: string;
      amountFrom?: bigint;
      amountTo?: bigint;
      from?: string;
      to?: string;
      order?: 'asc' | 'desc';
      limit?: number;
      after?: string;
    };
    reply: TransactionsPage;
  };
  'POST /refund': {
    body: RefundTransactionBody;
    reply: AcceptedTransaction;
  };
  'POST /transaction': {
    body: LinkedTransfers;
    reply: AcceptedTransaction;
  };
  'POST /batch': {
    body: AcceptBatchBody;
    reply: BatchResults | AcceptedTransaction;
  };
  'POST /hold': {
    body: HoldAmountBody;
    reply: AcceptedHold;
  };
  'GET /hold/{holdId}': {
    reply: Hold;
  };
  'POST /hold/{holdId}/capture': {
    body: CaptureHoldBody;
    reply: AcceptedTransaction;
  };
  'POST /hold/{holdId}/release': {
    body: ReleaseHoldBody;
    reply: AcceptedTransaction;
  };
  'POST /hold/{holdId}/extend': {
    body: ExtendHoldBody;
    reply: ExtendedHold;
  };
  'GET /holds/{walletId}': {
    query: {
      status?: 'all' | 'active' | 'declined' | 'captured' | 'released' | 'expired';
      limit?: number;
      after?: bigint;
    };
    reply: HoldsPage;
  };
  'GET /operations/{walletId}': {
    query: {
      from?: string;
      to?: string;
      offset?: number;
      limit?: number;
      after?: string;
      order?: 'asc' | 'desc';
    };
    reply: OperationsPage;
  };
  'GET /operations/file/{walletId}': {
    query: {
      from?: string;
      to?: string;
      status?: 'success' | 'all';
      columns?: 'short' | 'all';
    };
    reply: never;
  };
  'GET /operations/total/{walletId}': {
    query: {
      from?: string;
      to?: string;
      currency?: string;
    };
    reply: Totals;
  };
  'GET /wallet/{walletId}/history': {
    query: {
      from?: string;
      to?: string;
      points?: number;
    };
    reply: History;
  };
  'POST /webhooks': {
    body: CreateWebhookBody;
    reply: WebhookWithSecret;
  };
  'GET /webhooks': {
    reply: {
      Webhooks: Webhook[];
    };
  };
  'POST /webhook/{webhookId}/disable': {
    body: DisableWebhookBody;
    reply: Webhook;
  };
  'POST /webhook/{webhookId}/enable': {
    body: EnableWebhookBody;
    reply: Webhook;
  };
  'POST /webhook/{webhookId}/rotate': {
    body: RotateWebhookSecretBody;
    reply: WebhookWithSecret;
  };
  'POST /webhook/{webhookId}/test': {
    body: TestWebhookBody;
    reply: Test;
  };
  'GET /webhook/{webhookId}/deliveries': {
    query: {
      limit?: number;
      after?: bigint;
    };
    reply: DeliveriesPage;
  };
  'POST /webhook/{webhookId}/resend': {
    body: ResendMessagesBody;
    reply: Resent;
  };
  'GET /overview': {
    reply: Overview;
  };
  'GET /groups': {
    reply: Groups;
  };
  'POST /rebalance': {
    body: RebalanceBody;
    reply: BalancerRunState;
  };
  'GET /key': {
    reply: OwnKey;
  };
  'GET /keys': {
    reply: {
      Keys: ApiKey[];
      /**
       * Whether there are more than 1000.
       */
      IsCut: boolean;
    };
  };
  'POST /keys': {
    body: CreateKeyBody;
    reply: ApiKeyWithSecret;
  };
  'POST /key/{keyId}/limit': {
    body: LimitKeyBody;
    reply: ApiKey;
  };
  'POST /key/{keyId}/revoke': {
    body: RevokeKeyBody;
    reply: ApiKey;
  };
  'GET /health': {
    reply: Health;
  };
  'GET /live': {
    reply: Live;
  };
  'GET /openapi.json': {
    query: {
      amounts?: 'number' | 'string';
    };
    reply: never;
  };
  'GET /events.json': {
    reply: never;
  };
}
export interface UpdateCurrenciesBody {
  Rates: {
    [k: string]: string;
  };
}
export interface Nothing {}
export interface Currencies {
  Currencies: Currency[];
}
export interface Currency {
  Name: string;
  /**
   * USD per unit, with up to 12 fraction digits.
   */
  Rate: string;
  /**
   * When the rate was set, in UTC.
   */
  UpdatedAt: string;
}
export interface RatesPage {
  /**
   * The name of a currency.
   */
  Currency: string;
  Rates: PastRate[];
  Next: string | null;
}
export interface PastRate {
  /**
   * USD per unit, with up to 12 fraction digits.
   */
  Rate: string;
  /**
   * From when on it was so, in UTC.
   */
  SetAt: string;
}
export interface Conversion {
  /**
   * What it comes to, rounded down, in millionths of a unit.
   */
  Amount: bigint;
  /**
   * The name of a currency.
   */
  Currency: string;
}
export interface CreateWalletBody {
  Name: string;
  Country: string;
  City: string;
  Currency: string;
  OwnerId?: string;
  Reference?: string;
  Description?: string;
  Metadata?: {
    [k: string]: string;
  };
}
export interface CreatedWallet {
  /**
   * A wallet's id.
   */
  WalletID: bigint;
}
export interface Wallet {
  /**
   * A wallet's id.
   */
  WalletID: bigint;
  Name: string;
  Country: string;
  City: string;
  /**
   * The name of a currency.
   */
  Currency: string;
  /**
   * What the wallet has, in millionths of a unit; negative where credit is used.
   */
  Balance: bigint;
  /**
   * What may be spent: the balance that no hold reserves, and the credit, in millionths of a unit.
   */
  Available: bigint;
  /**
   * `frozen` if money may not come in, or not go out.
   */
  Status: 'active' | 'frozen' | 'closed';
  /**
   * Which money it is frozen for; null for none.
   */
  Frozen: ('in' | 'out' | 'both') | null;
  /**
   * How far below zero the balance may go, in millionths of a unit.
   */
  CreditLimit: bigint;
  BalanceLimit: bigint | null;
  SpendLimits: SpendLimits | null;
  /**
   * The wallet group, whose wallets are settled one after another. It changes: do not store it.
   */
  Group: number;
  /**
   * When it was created, in UTC.
   */
  CreatedAt: string;
  /**
   * Who has it. Only if it was given.
   */
  OwnerId?: string;
  /**
   * What the caller knows it by; unique for the owner of an API key. Only if it was given.
   */
  Reference?: string;
  /**
   * Only if it was given.
   */
  Description?: string;
  /**
   * Texts by names of the caller's. Only if they were given.
   */
  Metadata?: {
    [k: string]: string;
  };
}
export interface SpendLimits {
  PerOperation: bigint | null;
  PerDay: bigint | null;
  PerMonth: bigint | null;
  /**
   * What left the wallet on this UTC day, refunds aside, in millionths of a unit.
   */
  SpentToday: bigint;
  /**
   * What left the wallet in this UTC month, refunds aside, in millionths of a unit.
   */
  SpentThisMonth: bigint;
}
export interface PastBalance {
  /**
   * A wallet's id.
   */
  WalletID: bigint;
  /**
   * The name of a currency.
   */
  Currency: string;
  /**
   * What the wallet had at that moment, in millionths of a unit; negative where credit is used.
   */
  Balance: bigint;
  /**
   * The moment, in UTC.
   */
  At: string;
}
export interface WalletsPage {
  Wallets: Wallet[];
  Next: bigint | null;
}
export interface FreezeWalletBody {
  Direction?: 'in' | 'out' | 'both';
}
/**
 * A wallet's state and limits.
 */
export interface WalletRules {
  /**
   * A wallet's id.
   */
  WalletID: bigint;
  Name: string;
  /**
   * `frozen` if money may not come in, or not go out.
   */
  Status: 'active' | 'frozen' | 'closed';
  /**
   * Which money it is frozen for; null for none.
   */
  Frozen: ('in' | 'out' | 'both') | null;
  /**
   * How far below zero the balance may go, in millionths of a unit.
   */
  CreditLimit: bigint;
  BalanceLimit: bigint | null;
  SpendLimits: SpendLimits | null;
}
export interface UnfreezeWalletBody {
  Direction?: 'in' | 'out' | 'both';
}
export interface CloseWalletBody {}
export interface RenameWalletBody {
  Name: string;
}
export interface AddAlertBody {
  Direction: 'below' | 'above';
  Balance: bigint;
}
/**
 * An edge of a wallet's balance whose crossing is told.
 */
export interface Alert {
  /**
   * The alert's id.
   */
  AlertId: string;
  /**
   * A wallet's id.
   */
  WalletId: bigint;
  /**
   * To which side of `Balance` it tells the crossing.
   */
  Direction: 'below' | 'above';
  /**
   * The edge, in the wallet's currency, in millionths of a unit; negative where credit is used.
   */
  Balance: bigint;
  /**
   * When it was added, in UTC.
   */
  CreatedAt: string;
}
export interface RemoveAlertBody {
  AlertId: string;
}
export interface LimitWalletBody {
  CreditLimit?: bigint | null;
  BalanceLimit?: bigint | null;
  SpendLimits?: {
    PerOperation?: bigint | null;
    PerDay?: bigint | null;
    PerMonth?: bigint | null;
  } | null;
}
/**
 * Money from outside, for a wallet.
 */
export interface Receipt {
  WalletId: bigint;
  Amount: bigint;
  Currency: string;
  Reference?: string;
  Description?: string;
  Metadata?: {
    [k: string]: string;
  };
  DryRun?: boolean;
}
/**
 * A transaction that is recorded and will be settled. With `Prefer: wait=N`, also what became of it; with `DryRun`, what would, under an id of zeros.
 */
export interface AcceptedTransaction {
  /**
   * The transaction's id.
   */
  TransactionId: string;
  /**
   * It ends as `success` or `decline`; `processing`: the first leg is settled, a later one is not, or a payout is held.
   */
  Status?: 'new' | 'success' | 'decline' | 'processing';
  Reason?: DeclineReason | null;
  Available?: bigint | null;
  FreeAt?: string | null;
  Operations?: Operation[];
  /**
   * When it was accepted, in UTC.
   */
  CreatedAt?: string;
  ProcessedAt?: string | null;
  /**
   * Of a refund: the transaction that it gives back.
   */
  RefundOf?: string;
  /**
   * Only of a linked transaction, and of its refund.
   */
  Kind?: 'linked' | 'refund';
  /**
   * Of a linked transaction that was declined: the transfer that failed, from 1 on.
   */
  DeclinedNumber?: number;
  /**
   * What the caller knows it by; unique for the owner of an API key. Only if it was given.
   */
  Reference?: string;
  /**
   * Only if it was given.
   */
  Description?: string;
  /**
   * Texts by names of the caller's. Only if they were given.
   */
  Metadata?: {
    [k: string]: string;
  };
  /**
   * True if nothing was done.
   */
  DryRun?: boolean;
  /**
   * With `DryRun`: the wallets that it is about, as they would be.
   */
  Wallets?: TriedWallet[];
}
/**
 * A transaction's effect on one wallet.
 */
export interface Operation {
  /**
   * Its number among the wallet's operations in the order of booking; null while it is pending.
   */
  Position: number | null;
  Type: 'in' | 'out';
  /**
   * The amount that the caller named, in millionths of a unit.
   */
  Amount: bigint;
  /**
   * The name of a currency.
   */
  Currency: string;
  /**
   * When it was accepted, in UTC.
   */
  CreatedAt: string;
  Status: 'new' | 'success' | 'decline';
  Reason: DeclineReason | null;
  Available: bigint | null;
  FreeAt: string | null;
  /**
   * The transaction that it belongs to.
   */
  TransactionId: string;
  /**
   * A wallet's id.
   */
  WalletId: bigint;
  CounterpartyId: bigint | null;
  WalletAmount: bigint | null;
  BalanceAfter: bigint | null;
  ProcessedAt: string | null;
  /**
   * Of a linked transaction: the number of its transfer, from 1 on.
   */
  Number?: number;
  /**
   * What the caller knows it by; unique for the owner of an API key. Only if it was given.
   */
  Reference?: string;
  /**
   * Only if it was given.
   */
  Description?: string;
  /**
   * Texts by names of the caller's. Only if they were given.
   */
  Metadata?: {
    [k: string]: string;
  };
}
export interface TriedWallet {
  /**
   * A wallet's id.
   */
  WalletID: bigint;
  /**
   * The name of a currency.
   */
  Currency: string;
  /**
   * What the wallet would have, in millionths of a unit; negative where credit is used.
   */
  Balance: bigint;
  /**
   * What it might spend then, in millionths of a unit.
   */
  Available: bigint;
}
/**
 * Money from one wallet to another.
 */
export interface Transfer {
  OriginWalletId: bigint;
  TargetWalletId: bigint;
  Amount: bigint;
  Currency: string;
  Reference?: string;
  Description?: string;
  Metadata?: {
    [k: string]: string;
  };
  DryRun?: boolean;
}
export interface SendAmountBody {
  WalletId: bigint;
  Amount: bigint;
  Currency: string;
  Reference?: string;
  Description?: string;
  Metadata?: {
    [k: string]: string;
  };
  Confirm?: boolean;
  DryRun?: boolean;
}
export interface ConfirmPayoutBody {
  DryRun?: boolean;
}
export interface CancelPayoutBody {
  DryRun?: boolean;
}
export interface Transaction {
  /**
   * The transaction's id.
   */
  TransactionId: string;
  /**
   * It ends as `success` or `decline`; `processing`: the first leg is settled, a later one is not, or a payout is held.
   */
  Status: 'new' | 'success' | 'decline' | 'processing';
  Reason: DeclineReason | null;
  Available: bigint | null;
  FreeAt: string | null;
  Operations: Operation[];
  /**
   * When it was accepted, in UTC.
   */
  CreatedAt: string;
  ProcessedAt: string | null;
  /**
   * Of a refund: the transaction that it gives back.
   */
  RefundOf?: string;
  /**
   * Only of a linked transaction, and of its refund.
   */
  Kind?: 'linked' | 'refund';
  /**
   * Of a linked transaction that was declined: the transfer that failed, from 1 on.
   */
  DeclinedNumber?: number;
  /**
   * What the caller knows it by; unique for the owner of an API key. Only if it was given.
   */
  Reference?: string;
  /**
   * Only if it was given.
   */
  Description?: string;
  /**
   * Texts by names of the caller's. Only if they were given.
   */
  Metadata?: {
    [k: string]: string;
  };
}
export interface Story {
  Transaction: Transaction;
  /**
   * That of the request that it came from.
   */
  CorrelationId: string;
  Legs: StoryLeg[];
  /**
   * By account, wallet and currency; what comes to nothing is left out.
   */
  Entries: Entry[];
  Sums: EntrySum[];
  Refunds: RefundOfStory[];
  RefundOf: string | null;
  Hold: Hold | null;
  /**
   * To webhooks, of the events of its legs, in the last 14 days.
   */
  Deliveries: StoryDelivery[];
  /**
   * Whether there are more refunds or deliveries than the 100 of each here.
   */
  IsCut: boolean;
}
/**
 * An operation with all that the journal has of it.
 */
export interface StoryLeg {
  /**
   * Its number among the wallet's operations in the order of booking; null while it is pending.
   */
  Position: number | null;
  /**
   * Null if it is about a hold alone.
   */
  Type: ('in' | 'out') | null;
  /**
   * The amount that the caller named, in millionths of a unit.
   */
  Amount: bigint;
  /**
   * The name of a currency.
   */
  Currency: string;
  /**
   * When it was accepted, in UTC.
   */
  CreatedAt: string;
  Status: 'new' | 'success' | 'decline';
  Reason: DeclineReason | null;
  Available: bigint | null;
  FreeAt: string | null;
  /**
   * The transaction that it belongs to.
   */
  TransactionId: string;
  /**
   * A wallet's id.
   */
  WalletId: bigint;
  CounterpartyId: bigint | null;
  WalletAmount: bigint | null;
  BalanceAfter: bigint | null;
  ProcessedAt: string | null;
  /**
   * Of a linked transaction: the number of its transfer, from 1 on.
   */
  Number?: number;
  /**
   * What the caller knows it by; unique for the owner of an API key. Only if it was given.
   */
  Reference?: string;
  /**
   * Only if it was given.
   */
  Description?: string;
  /**
   * Texts by names of the caller's. Only if they were given.
   */
  Metadata?: {
    [k: string]: string;
  };
  /**
   * What it does.
   */
  Leg:
    | 'receipt'
    | 'debit'
    | 'credit'
    | 'return'
    | 'payout'
    | 'capture'
    | 'hold'
    | 'release'
    | 'expiry'
    | 'part_capture'
    | 'payout_hold'
    | 'payout_cancel'
    | 'linked_debit'
    | 'linked_credit'
    | 'linked_receipt'
    | 'linked_payout';
  /**
   * USD per unit of its currency, as decimal text; null if it did not succeed.
   */
  CurrencyRate: string | null;
  /**
   * USD per unit of its wallet's currency, as decimal text; null if it did not succeed.
   */
  WalletRate: string | null;
  BalanceBefore: bigint | null;
  /**
   * What it comes to in the wallet's currency before it is rounded: millionths of a unit as decimal text, cut after 18 digits behind the point. Null if nothing was converted.
   */
  Exact: string | null;
  /**
   * In hexadecimal; null while it is pending.
   */
  Hash: string | null;
  /**
   * The `EventId` of its event; null if it has none.
   */
  EventId: string | null;
}
/**
 * A part of the double entry.
 */
export interface Entry {
  /**
   * `outside`: the world; `transit`: what left its origin and did not arrive yet; `exchange`: what takes in one currency and gives another, rounding included.
   */
  Account: 'wallet' | 'outside' | 'transit' | 'exchange';
  WalletId: bigint | null;
  /**
   * The name of a currency.
   */
  Currency: string;
  /**
   * What came in; negative for what went out, in millionths of a unit; may have more than 64 bits.
   */
  Amount: bigint;
}
export interface EntrySum {
  /**
   * The name of a currency.
   */
  Currency: string;
  /**
   * 0, or something is wrong, in millionths of a unit; may have more than 64 bits.
   */
  Amount: bigint;
}
/**
 * Amount and currency are null of a linked transaction, given back whole.
 */
export interface RefundOfStory {
  /**
   * The refund's id.
   */
  TransactionId: string;
  Amount: bigint | null;
  Currency: string | null;
  Status: 'new' | 'success' | 'decline' | 'processing';
  /**
   * When it was accepted, in UTC.
   */
  CreatedAt: string;
}
export interface Hold {
  /**
   * The hold's id, which is a transaction's.
   */
  HoldId: string;
  /**
   * What it is for: `payout` if it waits for `confirm` or `cancel` of that payout, whose id it has.
   */
  Kind: 'hold' | 'payout';
  /**
   * A wallet's id.
   */
  WalletId: bigint;
  /**
   * What it reserves, in millionths of a unit.
   */
  Amount: bigint;
  /**
   * The name of a currency.
   */
  Currency: string;
  /**
   * By how much captures may exceed the amount in all, in millionths of a unit.
   */
  OverCapture: bigint;
  /**
   * What was captured, in millionths of a unit.
   */
  Captured: bigint;
  /**
   * What is left of the amount; 0 once it ended, in millionths of a unit.
   */
  Remaining: bigint;
  WalletAmount: bigint | null;
  Status: 'new' | 'active' | 'declined' | 'captured' | 'released' | 'expired';
  /**
   * Its place among the operations of the wallet; null while it is new.
   */
  Position: number | null;
  /**
   * When it was accepted, in UTC.
   */
  CreatedAt: string;
  ExpiresAt: string | null;
}
export interface StoryDelivery {
  /**
   * The webhook's id.
   */
  WebhookId: string;
  MessageId: string;
  /**
   * The event's type.
   */
  Type: string;
  Status: 'waiting' | 'delivered' | 'failed';
  /**
   * Since it was sent, or sent again.
   */
  Attempts: number;
  AttemptedAt: string | null;
  AnswerStatus: number | null;
}
export interface TransactionsPage {
  Transactions: Transaction[];
  /**
   * As requested.
   */
  Limit: number;
  /**
   * Whether the next page may have more by now.
   */
  More: boolean;
  /**
   * The `after` of the next page.
   */
  Next: string;
}
export interface RefundTransactionBody {
  TransactionId: string;
  Amount?: bigint;
  Reference?: string;
  Description?: string;
  Metadata?: {
    [k: string]: string;
  };
  DryRun?: boolean;
}
export interface LinkedTransfers {
  Transfers: LinkedTransfer[];
  Reference?: string;
  Description?: string;
  Metadata?: {
    [k: string]: string;
  };
  DryRun?: boolean;
}
/**
 * Money from one wallet to another.
 */
export interface LinkedTransfer {
  OriginWalletId: bigint;
  TargetWalletId: bigint;
  Amount: bigint;
  Currency: string;
}
/**
 * Each operation is accepted or refused by itself.
 */
export interface Batch {
  Operations: (BatchReceipt | BatchTransfer)[];
  DryRun?: boolean;
}
/**
 * Money from outside, for a wallet.
 */
export interface BatchReceipt {
  WalletId: bigint;
  Amount: bigint;
  Currency: string;
  Reference?: string;
  Description?: string;
  Metadata?: {
    [k: string]: string;
  };
}
/**
 * Money from one wallet to another.
 */
export interface BatchTransfer {
  OriginWalletId: bigint;
  TargetWalletId: bigint;
  Amount: bigint;
  Currency: string;
  Reference?: string;
  Description?: string;
  Metadata?: {
    [k: string]: string;
  };
}
/**
 * All operations are one linked transaction.
 */
export interface AtomicBatch {
  Operations: (LinkedReceipt | LinkedTransfer)[];
  /**
   * Always true.
   */
  Atomic: boolean;
  Reference?: string;
  Description?: string;
  Metadata?: {
    [k: string]: string;
  };
  DryRun?: boolean;
}
/**
 * Money from outside, for a wallet.
 */
export interface LinkedReceipt {
  WalletId: bigint;
  Amount: bigint;
  Currency: string;
}
export interface BatchResults {
  Results: (RecordedTransaction | ErrorPayload)[];
  /**
   * True if nothing was done.
   */
  DryRun?: boolean;
  /**
   * With `DryRun`: the wallets that it is about, as they would be.
   */
  Wallets?: TriedWallet[];
}
/**
 * With `DryRun`, also what would become of it.
 */
export interface RecordedTransaction {
  /**
   * The transaction's id.
   */
  TransactionId: string;
  /**
   * It ends as `success` or `decline`; `processing`: the first leg is settled, a later one is not, or a payout is held.
   */
  Status?: 'new' | 'success' | 'decline' | 'processing';
  Reason?: DeclineReason | null;
  Available?: bigint | null;
  FreeAt?: string | null;
  Operations?: Operation[];
  /**
   * When it was accepted, in UTC.
   */
  CreatedAt?: string;
  ProcessedAt?: string | null;
  /**
   * Of a refund: the transaction that it gives back.
   */
  RefundOf?: string;
  /**
   * Only of a linked transaction, and of its refund.
   */
  Kind?: 'linked' | 'refund';
  /**
   * Of a linked transaction that was declined: the transfer that failed, from 1 on.
   */
  DeclinedNumber?: number;
  /**
   * What the caller knows it by; unique for the owner of an API key. Only if it was given.
   */
  Reference?: string;
  /**
   * Only if it was given.
   */
  Description?: string;
  /**
   * Texts by names of the caller's. Only if they were given.
   */
  Metadata?: {
    [k: string]: string;
  };
}
export interface ErrorPayload {
  /**
   * A sentence for people.
   */
  error: string;
  code: ErrorCode;
  /**
   * What is wrong with each field, ten at most.
   */
  details?: FieldProblem[];
  /**
   * Of `reference_taken`: the transaction that has the reference.
   */
  FirstTransactionId?: string;
  /**
   * Of `reference_taken`: the wallet that has the reference.
   */
  FirstWalletId?: bigint;
}
/**
 * What is wrong with one field.
 */
export interface FieldProblem {
  field: string;
  error: string;
}
export interface HoldAmountBody {
  WalletId: bigint;
  Amount: bigint;
  Currency?: string;
  OverCapture?: bigint;
  ExpiresInSeconds?: number;
  Reference?: string;
  Description?: string;
  Metadata?: {
    [k: string]: string;
  };
  DryRun?: boolean;
}
/**
 * A hold that is recorded. With `Prefer: wait=N`, also what became of it, as its transaction.
 */
export interface AcceptedHold {
  /**
   * The hold's id, which is a transaction's.
   */
  HoldId: string;
  /**
   * The transaction's id.
   */
  TransactionId?: string;
  /**
   * It ends as `success` or `decline`; `processing`: the first leg is settled, a later one is not, or a payout is held.
   */
  Status?: 'new' | 'success' | 'decline' | 'processing';
  Reason?: DeclineReason | null;
  Available?: bigint | null;
  FreeAt?: string | null;
  Operations?: Operation[];
  /**
   * When it was accepted, in UTC.
   */
  CreatedAt?: string;
  ProcessedAt?: string | null;
  /**
   * Of a refund: the transaction that it gives back.
   */
  RefundOf?: string;
  /**
   * Only of a linked transaction, and of its refund.
   */
  Kind?: 'linked' | 'refund';
  /**
   * Of a linked transaction that was declined: the transfer that failed, from 1 on.
   */
  DeclinedNumber?: number;
  /**
   * What the caller knows it by; unique for the owner of an API key. Only if it was given.
   */
  Reference?: string;
  /**
   * Only if it was given.
   */
  Description?: string;
  /**
   * Texts by names of the caller's. Only if they were given.
   */
  Metadata?: {
    [k: string]: string;
  };
  /**
   * True if nothing was done.
   */
  DryRun?: boolean;
  /**
   * With `DryRun`: the wallets that it is about, as they would be.
   */
  Wallets?: TriedWallet[];
}
export interface CaptureHoldBody {
  TargetWalletId: bigint;
  Amount?: bigint;
  Final?: boolean;
  DryRun?: boolean;
}
export interface ReleaseHoldBody {
  DryRun?: boolean;
}
export interface ExtendHoldBody {
  ExpiresInSeconds: number;
}
export interface ExtendedHold {
  /**
   * The hold's id, which is a transaction's.
   */
  HoldId: string;
  /**
   * When it is over, in UTC.
   */
  ExpiresAt: string;
}
export interface HoldsPage {
  Holds: Hold[];
  Next: bigint | null;
}
export interface OperationsPage {
  Operations: Operation[];
  /**
   * As requested; less if the details of so many operations would make too long a reply.
   */
  Limit: number;
  /**
   * As requested.
   */
  Offset: number;
  /**
   * The beginning of the period, which is part of it, in UTC.
   */
  From: string;
  /**
   * The end of the period, which is not part of it; what is listed is complete up to here, in UTC.
   */
  To: string;
  /**
   * The `after` of the next page, which may be empty still.
   */
  Next: string;
}
export interface Totals {
  /**
   * The name of a currency.
   */
  Currency: string;
  /**
   * What came in, in millionths of a unit; may have more than 64 bits.
   */
  AmountIn: bigint;
  /**
   * What went out, in millionths of a unit; may have more than 64 bits.
   */
  AmountOut: bigint;
}
export interface History {
  /**
   * A wallet's id.
   */
  WalletId: bigint;
  /**
   * The name of a currency.
   */
  Currency: string;
  /**
   * The beginning of the period, which is part of it, in UTC.
   */
  From: string;
  /**
   * The end of the period, which is not part of it, in UTC.
   */
  To: string;
  /**
   * Whether there are operations between the points.
   */
  IsSampled: boolean;
  /**
   * The balance at `From`, before what was booked then, in millionths of a unit; negative where credit is used.
   */
  Balance: bigint;
  Points: HistoryPoint[];
}
export interface HistoryPoint {
  /**
   * When the operation was booked, in UTC.
   */
  At: string;
  /**
   * The balance after it, in millionths of a unit; negative where credit is used.
   */
  Balance: bigint;
  /**
   * Its number among the wallet's operations.
   */
  Position: number;
}
export interface CreateWebhookBody {
  Address: string;
  EventTypes?: (
    | 'WalletCreated'
    | 'WalletChanged'
    | 'TransactionSucceeded'
    | 'TransactionDeclined'
    | 'PayoutHeld'
    | 'HoldChanged'
    | 'HoldRefused'
    | 'BalanceCrossed'
    | 'LinkedSucceeded'
    | 'LinkedDeclined'
    | 'WebhookDisabled'
    | 'GroupsRebalanced'
  )[];
  Description?: string;
}
export interface WebhookWithSecret {
  /**
   * The webhook's id.
   */
  WebhookId: string;
  /**
   * Where events are posted to.
   */
  Address: string;
  /**
   * The types of events that it wants; none stands for all.
   */
  EventTypes: string[];
  Description: string | null;
  Status: 'enabled' | 'disabled';
  /**
   * When it was made, in UTC.
   */
  CreatedAt: string;
  FailingSince: string | null;
  DisabledAt: string | null;
  /**
   * `requested`: by a request. `gone`: its receiver answered 410. `failing`: each post failed for three days.
   */
  DisabledBecause: ('requested' | 'gone' | 'failing') | null;
  OldSecretUntil: string | null;
  /**
   * What posts are signed with. It is told this once: a repeated request gets it not.
   */
  Secret: string;
}
/**
 * An address that events are posted to.
 */
export interface Webhook {
  /**
   * The webhook's id.
   */
  WebhookId: string;
  /**
   * Where events are posted to.
   */
  Address: string;
  /**
   * The types of events that it wants; none stands for all.
   */
  EventTypes: string[];
  Description: string | null;
  Status: 'enabled' | 'disabled';
  /**
   * When it was made, in UTC.
   */
  CreatedAt: string;
  FailingSince: string | null;
  DisabledAt: string | null;
  /**
   * `requested`: by a request. `gone`: its receiver answered 410. `failing`: each post failed for three days.
   */
  DisabledBecause: ('requested' | 'gone' | 'failing') | null;
  OldSecretUntil: string | null;
}
export interface DisableWebhookBody {}
export interface EnableWebhookBody {}
export interface RotateWebhookSecretBody {
  OverlapSeconds?: number;
}
export interface TestWebhookBody {}
export interface Test {
  /**
   * The webhook's id.
   */
  WebhookId: string;
  MessageId: string;
}
export interface DeliveriesPage {
  Deliveries: Delivery[];
  /**
   * The `after` of the next page; null on the last one.
   */
  Next: string | null;
}
export interface Delivery {
  /**
   * The `webhook-id` of each post of it.
   */
  MessageId: string;
  EventType: string;
  /**
   * `waiting` for its next attempt or its result, `delivered` if it was answered with 2xx, or `failed` for the last time.
   */
  Status: 'waiting' | 'delivered' | 'failed';
  /**
   * Since it was sent, or sent again.
   */
  Attempts: number;
  /**
   * When it was to be sent first, in UTC.
   */
  CreatedAt: string;
  AttemptedAt: string | null;
  NextAt: string | null;
  AnswerStatus: number | null;
  /**
   * The first kilobyte of its body.
   */
  Answer: string | null;
  /**
   * Why there was no answer.
   */
  Problem: string | null;
}
export interface ResendMessage {
  /**
   * The `MessageId` of a delivery.
   */
  MessageId: string;
}
export interface ResendSince {
  /**
   * When the first of them was to be sent.
   */
  Since: string;
}
export interface Resent {
  /**
   * The webhook's id.
   */
  WebhookId: string;
  /**
   * How many messages are sent again.
   */
  Resent: number;
  Next: string | null;
}
/**
 * `Hour` is the running minute and the 59 before it; `Day` begins with the first multiple of ten minutes within the last 24 hours.
 */
export interface Overview {
  /**
   * When it was read, in UTC.
   */
  At: string;
  Hour: SettledPeriod;
  Day: SettledPeriod;
  /**
   * 60, the oldest first; the last one is running.
   */
  Minutes: SettledMinute[];
  /**
   * By the names of the currencies.
   */
  Money: {
    /**
     * The name of a currency.
     */
    Currency: string;
    /**
     * What is in all wallets, in millionths of a unit; may have more than 64 bits.
     */
    InWallets: bigint;
    /**
     * What left its origin and did not arrive yet, in millionths of a unit; may have more than 64 bits.
     */
    InTransit: bigint;
  }[];
  Pending: {
    OldestSeconds: number | null;
    /**
     * Pending operations, up to 10,000.
     */
    Count: number;
    /**
     * False if there are more.
     */
    IsCountExact: boolean;
  };
  DeadLetters: number | null;
  /**
   * The last check of the books; null before the first.
   */
  Books: {
    /**
     * When, in UTC.
     */
    CheckedAt: string;
    Result: 'clean' | 'faults';
    /**
     * Rows that are off.
     */
    Faults: number;
  } | null;
  /**
   * Null if there is none.
   */
  Webhooks: {
    /**
     * Those whose last post failed, and that are enabled.
     */
    Failing: number;
    /**
     * Those that are disabled.
     */
    Disabled: number;
  } | null;
}
export interface SettledPeriod {
  /**
   * Operations that succeeded.
   */
  Succeeded: number;
  /**
   * Operations that were declined.
   */
  Declined: number;
  /**
   * Operations a second, on average.
   */
  PerSecond: string;
  /**
   * Within which half of the operations were settled: milliseconds, off by a tenth at most; null if nothing was settled.
   */
  P50: number | null;
  /**
   * Within which 95 of 100 operations were settled: milliseconds, off by a tenth at most; null if nothing was settled.
   */
  P95: number | null;
  /**
   * Reasons that occurred, the most frequent first.
   */
  Declines: {
    Reason: DeclineReason;
    /**
     * Operations.
     */
    Count: number;
  }[];
}
export interface SettledMinute {
  /**
   * When it began, in UTC.
   */
  Minute: string;
  /**
   * Operations that succeeded.
   */
  Succeeded: number;
  /**
   * Operations that were declined.
   */
  Declined: number;
  /**
   * Within which 95 of 100 operations were settled: milliseconds, off by a tenth at most; null if nothing was settled.
   */
  P95: number | null;
}
export interface Groups {
  Groups: WalletGroup[];
  /**
   * The balancer's last runs, 20 at most, the newest first.
   */
  Runs: BalancerRun[];
}
export interface WalletGroup {
  /**
   * The number of the group, from 1.
   */
  Group: number;
  Wallets: number | null;
  /**
   * Its pending operations, as far as they were counted.
   */
  Pending: number;
  /**
   * False if there are more.
   */
  IsPendingExact: boolean;
}
export interface BalancerRun {
  /**
   * The id of the run.
   */
  RunId: string;
  /**
   * When it began, in UTC.
   */
  StartedAt: string;
  FinishedAt: string | null;
  Trigger: 'schedule' | 'request';
  /**
   * `failed`: with an error, or lost. Wallets that it moved stay where they are, which does no harm.
   */
  Status: 'running' | 'done' | 'failed';
  WalletsMoved: number | null;
  /**
   * Empty unless it is done.
   */
  Groups: {
    /**
     * The number of the group.
     */
    Group: number;
    /**
     * Its operations, as wallets were.
     */
    OperationsBefore: number;
    /**
     * Its operations, as wallets are since.
     */
    OperationsAfter: number;
  }[];
}
export interface RebalanceBody {}
export interface BalancerRunState {
  /**
   * The id of the run.
   */
  RunId: string;
  /**
   * `failed`: with an error, or lost. Wallets that it moved stay where they are, which does no harm.
   */
  Status: 'running' | 'done' | 'failed';
  /**
   * Wallets that it moved; only if it is done.
   */
  WalletsMoved?: number;
}
/**
 * The key of the request.
 */
export interface OwnKey {
  KeyId: string | null;
  Name: string | null;
  /**
   * What it is good for; `admin` includes all others.
   */
  Scopes: (
    | 'currencies:write'
    | 'wallets:read'
    | 'wallets:write'
    | 'operations:write'
    | 'reports:read'
    | 'webhooks'
    | 'admin'
  )[];
  RequestsPerSecond: number | null;
  ExpiresAt: string | null;
}
/**
 * An API key, without the key.
 */
export interface ApiKey {
  /**
   * The key's id, by which logs name it.
   */
  KeyId: string;
  Name: string;
  /**
   * Whose it is: keys of one owner share their references.
   */
  Owner: string;
  /**
   * The key's first characters, to know it by.
   */
  Shown: string;
  Status: 'active' | 'expired' | 'revoked';
  /**
   * What it is good for; `admin` includes all others.
   */
  Scopes: (
    | 'currencies:write'
    | 'wallets:read'
    | 'wallets:write'
    | 'operations:write'
    | 'reports:read'
    | 'webhooks'
    | 'admin'
  )[];
  RequestsPerSecond: number | null;
  /**
   * When it was made, in UTC.
   */
  CreatedAt: string;
  ExpiresAt: string | null;
  LastUsedAt: string | null;
  RevokedAt: string | null;
}
export interface CreateKeyBody {
  Name: string;
  Scopes: (
    | 'currencies:write'
    | 'wallets:read'
    | 'wallets:write'
    | 'operations:write'
    | 'reports:read'
    | 'webhooks'
    | 'admin'
  )[];
  Owner?: string;
  ExpiresInDays?: number;
  RequestsPerSecond?: number;
}
export interface ApiKeyWithSecret {
  /**
   * The key's id, by which logs name it.
   */
  KeyId: string;
  Name: string;
  /**
   * Whose it is: keys of one owner share their references.
   */
  Owner: string;
  /**
   * The key's first characters, to know it by.
   */
  Shown: string;
  Status: 'active' | 'expired' | 'revoked';
  /**
   * What it is good for; `admin` includes all others.
   */
  Scopes: (
    | 'currencies:write'
    | 'wallets:read'
    | 'wallets:write'
    | 'operations:write'
    | 'reports:read'
    | 'webhooks'
    | 'admin'
  )[];
  RequestsPerSecond: number | null;
  /**
   * When it was made, in UTC.
   */
  CreatedAt: string;
  ExpiresAt: string | null;
  LastUsedAt: string | null;
  RevokedAt: string | null;
  /**
   * The key: `mlps_…`. It is told this once: a repeated request gets it not.
   */
  Key: string;
}
export interface LimitKeyBody {
  RequestsPerSecond: number | null;
}
export interface RevokeKeyBody {}
export interface Health {
  Status: string;
  Database: string;
}
export interface Live {
  Status: string;
}

export type RefusalCode = ErrorCode;

/** The fields of each reply that are read as bigint (digits) and as text (decimals). */
export const EXACT_FIELDS: Readonly<Record<keyof Api, { readonly digits: readonly string[]; readonly decimals: readonly string[] }>> = {
  "POST /update_currencies": {
    "digits": [],
    "decimals": []
  },
  "GET /currencies": {
    "digits": [],
    "decimals": [
      "Rate"
    ]
  },
  "GET /currency/{currency}/rates": {
    "digits": [],
    "decimals": [
      "Rate"
    ]
  },
  "GET /convert_amount/{amount}/{from}/{to}": {
    "digits": [
      "Amount"
    ],
    "decimals": []
  },
  "POST /wallet": {
    "digits": [
      "WalletID"
    ],
    "decimals": []
  },
  "GET /wallet/{walletId}": {
    "digits": [
      "Available",
      "Balance",
      "BalanceLimit",
      "CreditLimit",
      "PerDay",
      "PerMonth",
      "PerOperation",
      "SpentThisMonth",
      "SpentToday",
      "WalletID"
    ],
    "decimals": []
  },
  "GET /wallets": {
    "digits": [
      "Available",
      "Balance",
      "BalanceLimit",
      "CreditLimit",
      "Next",
      "PerDay",
      "PerMonth",
      "PerOperation",
      "SpentThisMonth",
      "SpentToday",
      "WalletID"
    ],
    "decimals": []
  },
  "POST /wallet/{walletId}/freeze": {
    "digits": [
      "BalanceLimit",
      "CreditLimit",
      "PerDay",
      "PerMonth",
      "PerOperation",
      "SpentThisMonth",
      "SpentToday",
      "WalletID"
    ],
    "decimals": []
  },
  "POST /wallet/{walletId}/unfreeze": {
    "digits": [
      "BalanceLimit",
      "CreditLimit",
      "PerDay",
      "PerMonth",
      "PerOperation",
      "SpentThisMonth",
      "SpentToday",
      "WalletID"
    ],
    "decimals": []
  },
  "POST /wallet/{walletId}/close": {
    "digits": [
      "BalanceLimit",
      "CreditLimit",
      "PerDay",
      "PerMonth",
      "PerOperation",
      "SpentThisMonth",
      "SpentToday",
      "WalletID"
    ],
    "decimals": []
  },
  "POST /wallet/{walletId}/rename": {
    "digits": [
      "BalanceLimit",
      "CreditLimit",
      "PerDay",
      "PerMonth",
      "PerOperation",
      "SpentThisMonth",
      "SpentToday",
      "WalletID"
    ],
    "decimals": []
  },
  "POST /wallet/{walletId}/alerts": {
    "digits": [
      "Balance",
      "WalletId"
    ],
    "decimals": []
  },
  "GET /wallet/{walletId}/alerts": {
    "digits": [
      "Balance",
      "WalletId"
    ],
    "decimals": []
  },
  "POST /wallet/{walletId}/alerts/remove": {
    "digits": [
      "Balance",
      "WalletId"
    ],
    "decimals": []
  },
  "POST /wallet/{walletId}/limits": {
    "digits": [
      "BalanceLimit",
      "CreditLimit",
      "PerDay",
      "PerMonth",
      "PerOperation",
      "SpentThisMonth",
      "SpentToday",
      "WalletID"
    ],
    "decimals": []
  },
  "POST /receive_amount": {
    "digits": [
      "Amount",
      "Available",
      "Balance",
      "BalanceAfter",
      "CounterpartyId",
      "WalletAmount",
      "WalletID",
      "WalletId"
    ],
    "decimals": []
  },
  "POST /transfer_amount": {
    "digits": [
      "Amount",
      "Available",
      "Balance",
      "BalanceAfter",
      "CounterpartyId",
      "WalletAmount",
      "WalletID",
      "WalletId"
    ],
    "decimals": []
  },
  "POST /send_amount": {
    "digits": [
      "Amount",
      "Available",
      "Balance",
      "BalanceAfter",
      "CounterpartyId",
      "WalletAmount",
      "WalletID",
      "WalletId"
    ],
    "decimals": []
  },
  "POST /send_amount/{transactionId}/confirm": {
    "digits": [
      "Amount",
      "Available",
      "Balance",
      "BalanceAfter",
      "CounterpartyId",
      "WalletAmount",
      "WalletID",
      "WalletId"
    ],
    "decimals": []
  },
  "POST /send_amount/{transactionId}/cancel": {
    "digits": [
      "Amount",
      "Available",
      "Balance",
      "BalanceAfter",
      "CounterpartyId",
      "WalletAmount",
      "WalletID",
      "WalletId"
    ],
    "decimals": []
  },
  "GET /transaction/{transactionId}": {
    "digits": [
      "Amount",
      "Available",
      "BalanceAfter",
      "CounterpartyId",
      "WalletAmount",
      "WalletId"
    ],
    "decimals": []
  },
  "GET /transaction/{transactionId}/story": {
    "digits": [
      "Amount",
      "Available",
      "BalanceAfter",
      "BalanceBefore",
      "Captured",
      "CounterpartyId",
      "OverCapture",
      "Remaining",
      "WalletAmount",
      "WalletId"
    ],
    "decimals": []
  },
  "GET /transactions": {
    "digits": [
      "Amount",
      "Available",
      "BalanceAfter",
      "CounterpartyId",
      "WalletAmount",
      "WalletId"
    ],
    "decimals": []
  },
  "POST /refund": {
    "digits": [
      "Amount",
      "Available",
      "Balance",
      "BalanceAfter",
      "CounterpartyId",
      "WalletAmount",
      "WalletID",
      "WalletId"
    ],
    "decimals": []
  },
  "POST /transaction": {
    "digits": [
      "Amount",
      "Available",
      "Balance",
      "BalanceAfter",
      "CounterpartyId",
      "WalletAmount",
      "WalletID",
      "WalletId"
    ],
    "decimals": []
  },
  "POST /batch": {
    "digits": [
      "Amount",
      "Available",
      "Balance",
      "BalanceAfter",
      "CounterpartyId",
      "FirstWalletId",
      "WalletAmount",
      "WalletID",
      "WalletId"
    ],
    "decimals": []
  },
  "POST /hold": {
    "digits": [
      "Amount",
      "Available",
      "Balance",
      "BalanceAfter",
      "CounterpartyId",
      "WalletAmount",
      "WalletID",
      "WalletId"
    ],
    "decimals": []
  },
  "GET /hold/{holdId}": {
    "digits": [
      "Amount",
      "Captured",
      "OverCapture",
      "Remaining",
      "WalletAmount",
      "WalletId"
    ],
    "decimals": []
  },
  "POST /hold/{holdId}/capture": {
    "digits": [
      "Amount",
      "Available",
      "Balance",
      "BalanceAfter",
      "CounterpartyId",
      "WalletAmount",
      "WalletID",
      "WalletId"
    ],
    "decimals": []
  },
  "POST /hold/{holdId}/release": {
    "digits": [
      "Amount",
      "Available",
      "Balance",
      "BalanceAfter",
      "CounterpartyId",
      "WalletAmount",
      "WalletID",
      "WalletId"
    ],
    "decimals": []
  },
  "POST /hold/{holdId}/extend": {
    "digits": [],
    "decimals": []
  },
  "GET /holds/{walletId}": {
    "digits": [
      "Amount",
      "Captured",
      "Next",
      "OverCapture",
      "Remaining",
      "WalletAmount",
      "WalletId"
    ],
    "decimals": []
  },
  "GET /operations/{walletId}": {
    "digits": [
      "Amount",
      "Available",
      "BalanceAfter",
      "CounterpartyId",
      "WalletAmount",
      "WalletId"
    ],
    "decimals": []
  },
  "GET /operations/file/{walletId}": {
    "digits": [],
    "decimals": []
  },
  "GET /operations/total/{walletId}": {
    "digits": [
      "AmountIn",
      "AmountOut"
    ],
    "decimals": []
  },
  "GET /wallet/{walletId}/history": {
    "digits": [
      "Balance",
      "WalletId"
    ],
    "decimals": []
  },
  "POST /webhooks": {
    "digits": [],
    "decimals": []
  },
  "GET /webhooks": {
    "digits": [],
    "decimals": []
  },
  "POST /webhook/{webhookId}/disable": {
    "digits": [],
    "decimals": []
  },
  "POST /webhook/{webhookId}/enable": {
    "digits": [],
    "decimals": []
  },
  "POST /webhook/{webhookId}/rotate": {
    "digits": [],
    "decimals": []
  },
  "POST /webhook/{webhookId}/test": {
    "digits": [],
    "decimals": []
  },
  "GET /webhook/{webhookId}/deliveries": {
    "digits": [],
    "decimals": []
  },
  "POST /webhook/{webhookId}/resend": {
    "digits": [],
    "decimals": []
  },
  "GET /overview": {
    "digits": [
      "InTransit",
      "InWallets"
    ],
    "decimals": [
      "PerSecond"
    ]
  },
  "GET /groups": {
    "digits": [],
    "decimals": []
  },
  "POST /rebalance": {
    "digits": [],
    "decimals": []
  },
  "GET /key": {
    "digits": [],
    "decimals": []
  },
  "GET /keys": {
    "digits": [],
    "decimals": []
  },
  "POST /keys": {
    "digits": [],
    "decimals": []
  },
  "POST /key/{keyId}/limit": {
    "digits": [],
    "decimals": []
  },
  "POST /key/{keyId}/revoke": {
    "digits": [],
    "decimals": []
  },
  "GET /health": {
    "digits": [],
    "decimals": []
  },
  "GET /live": {
    "digits": [],
    "decimals": []
  },
  "GET /openapi.json": {
    "digits": [],
    "decimals": []
  },
  "GET /events.json": {
    "digits": [],
    "decimals": []
  }
};
