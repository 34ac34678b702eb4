/**
 * What the API's replies say, as far as the console shows it. Amounts and counts are bigint, and decimals their text: see
 * `readPayload`.
 */

/** A decimal number: a bigint where it has no decimals. */
type Decimal = bigint | string;

export interface KeyInfo {
  readonly KeyId: string | null;
  readonly Name: string | null;
  readonly Scopes: readonly string[];
  readonly RequestsPerSecond: bigint | null;
  readonly ExpiresAt: string | null;
}

export interface Period {
  readonly Succeeded: bigint;
  readonly Declined: bigint;
  readonly PerSecond: Decimal;
  readonly P50: Decimal | null;
  readonly P95: Decimal | null;
  readonly Declines: readonly { readonly Reason: string; readonly Count: bigint }[];
}

export interface Minute {
  readonly Minute: string;
  readonly Succeeded: bigint;
  readonly Declined: bigint;
  readonly P95: Decimal | null;
}

export interface Overview {
  readonly At: string;
  readonly Hour: Period;
  readonly Day: Period;
  readonly Minutes: readonly Minute[];
  readonly Money: readonly {
    readonly Currency: string;
    readonly InWallets: bigint;
    readonly InTransit: bigint;
  }[];
  readonly Pending: {
    readonly OldestSeconds: Decimal | null;
    readonly Count: bigint;
    readonly IsCountExact: boolean;
  };
  readonly DeadLetters: bigint | null;
  readonly Books: {
    readonly CheckedAt: string;
    readonly Result: 'clean' | 'faults';
    readonly Faults: bigint;
  } | null;
  readonly Webhooks: { readonly Failing: bigint; readonly Disabled: bigint } | null;
}

export interface GroupRun {
  readonly RunId: string;
  readonly StartedAt: string;
  readonly FinishedAt: string | null;
  readonly Trigger: 'schedule' | 'request';
  readonly WalletsMoved: bigint;
  readonly Groups: readonly GroupLoad[];
}

interface GroupLoad {
  readonly Group: bigint;
  readonly OperationsBefore: bigint;
  readonly OperationsAfter: bigint;
}

export interface Groups {
  readonly Groups: readonly {
    readonly Group: bigint;
    readonly Wallets: bigint | null;
    readonly Pending: bigint;
  }[];
  readonly Runs: readonly GroupRun[];
}

interface SpendLimits {
  readonly PerOperation: bigint | null;
  readonly PerDay: bigint | null;
  readonly PerMonth: bigint | null;
  readonly SpentToday: bigint;
  readonly SpentThisMonth: bigint;
}

export interface Wallet {
  readonly WalletID: bigint;
  readonly Name: string;
  readonly Country: string;
  readonly City: string;
  readonly Currency: string;
  readonly Balance: bigint;
  readonly Available: bigint;
  readonly Status: 'active' | 'frozen' | 'closed';
  readonly Frozen: 'in' | 'out' | 'both' | null;
  readonly CreditLimit: bigint;
  readonly BalanceLimit: bigint | null;
  readonly SpendLimits: SpendLimits | null;
  readonly Group: bigint;
  readonly CreatedAt: string;
  readonly OwnerId?: string;
  readonly Reference?: string;
  readonly Description?: string;
}

export interface WalletsPage {
  readonly Wallets: readonly Wallet[];
  readonly Next: bigint | null;
}

export interface Operation {
  readonly Position: bigint | null;
  readonly Type: 'in' | 'out';
  readonly Amount: bigint;
  readonly Currency: string;
  readonly CreatedAt: string;
  readonly Status: 'new' | 'success' | 'decline';
  readonly Reason: string | null;
  readonly TransactionId: string;
  readonly WalletId: bigint;
  readonly CounterpartyId: bigint | null;
  readonly WalletAmount: bigint | null;
  readonly BalanceAfter: bigint | null;
  readonly ProcessedAt: string | null;
  readonly Number?: bigint;
}

export interface OperationsPage {
  readonly Operations: readonly Operation[];
  readonly Next: string;
}

export interface History {
  readonly From: string;
  readonly To: string;
  readonly Currency: string;
  readonly IsSampled: boolean;
  readonly Balance: bigint;
  readonly Points: readonly { readonly At: string; readonly Balance: bigint; readonly Position: bigint }[];
}

export interface Transaction {
  readonly TransactionId: string;
  readonly Status: 'new' | 'processing' | 'success' | 'decline';
  readonly Reason: string | null;
  readonly Available: bigint | null;
  readonly Operations: readonly Operation[];
  readonly CreatedAt: string;
  readonly ProcessedAt: string | null;
  readonly RefundOf?: string;
  readonly Kind?: string;
  readonly Reference?: string;
  readonly Description?: string;
  readonly Metadata?: Readonly<Record<string, string>>;
}

export interface Leg extends Omit<Operation, 'Type'> {
  /** What it does, such as `debit` or `hold`. */
  readonly Leg: string;
  /** null for a hold's: no money moves. */
  readonly Type: 'in' | 'out' | null;
  readonly CurrencyRate: Decimal | null;
  readonly WalletRate: Decimal | null;
  readonly BalanceBefore: bigint | null;
  /** The amount in the wallet's currency before it was rounded: millionths, as decimal text. */
  readonly Exact: Decimal | null;
  readonly Hash: string | null;
  readonly EventId: string | null;
}

export interface Story {
  readonly Transaction: Transaction;
  readonly CorrelationId: string | null;
  readonly Legs: readonly Leg[];
  readonly Entries: readonly {
    readonly Account: 'wallet' | 'outside' | 'transit' | 'exchange';
    readonly WalletId: bigint | null;
    readonly Currency: string;
    readonly Amount: bigint;
  }[];
  readonly Sums: readonly { readonly Currency: string; readonly Amount: bigint }[];
  readonly Refunds: readonly {
    readonly TransactionId: string;
    /** null, as the currency, for a payment of several transfers. */
    readonly Amount: bigint | null;
    readonly Currency: string | null;
    readonly Status: string;
    readonly CreatedAt: string;
  }[];
  readonly RefundOf: string | null;
  readonly Hold: Hold | null;
  readonly Deliveries: readonly {
    readonly WebhookId: string;
    readonly MessageId: string;
    readonly Type: string;
    readonly Status: string;
    readonly Attempts: bigint;
    readonly AttemptedAt: string | null;
    readonly AnswerStatus: bigint | null;
  }[];
  readonly IsCut: boolean;
}

export interface Hold {
  readonly HoldId: string;
  readonly Kind: 'hold' | 'payout';
  readonly WalletId: bigint;
  readonly Amount: bigint;
  readonly Currency: string;
  readonly OverCapture: bigint;
  readonly Captured: bigint;
  readonly Remaining: bigint;
  readonly Status: 'new' | 'active' | 'declined' | 'captured' | 'released' | 'expired';
  readonly CreatedAt: string;
  readonly ExpiresAt: string | null;
}

export interface Currency {
  readonly Name: string;
  readonly Rate: Decimal;
  readonly UpdatedAt: string;
}

export interface Rates {
  readonly Currency: string;
  readonly Rates: readonly { readonly Rate: Decimal; readonly SetAt: string }[];
}

export interface ApiKey {
  readonly KeyId: string;
  readonly Name: string;
  readonly Owner: string | null;
  readonly Scopes: readonly string[];
  readonly Status: 'active' | 'expired' | 'revoked';
  readonly RequestsPerSecond: bigint | null;
  readonly CreatedAt: string;
  readonly ExpiresAt: string | null;
  readonly LastUsedAt?: string | null;
}

export interface Webhook {
  readonly WebhookId: string;
  readonly Address: string;
  readonly EventTypes: readonly string[];
  readonly Description: string | null;
  readonly Status: 'enabled' | 'disabled';
  readonly CreatedAt: string;
  readonly FailingSince: string | null;
  readonly DisabledBecause: string | null;
}

export interface Delivery {
  readonly MessageId: string;
  readonly EventType: string;
  readonly Status: 'waiting' | 'delivered' | 'failed';
  readonly Attempts: bigint;
  readonly CreatedAt: string;
  readonly AttemptedAt: string | null;
  readonly AnswerStatus: bigint | null;
  readonly Problem: string | null;
}

/** What became of a transaction, or with a dry run would. */
export interface Outcome {
  readonly TransactionId?: string;
  readonly HoldId?: string;
  readonly Status?: 'new' | 'processing' | 'success' | 'decline';
  readonly Reason?: string | null;
  readonly Available?: bigint | null;
  readonly Operations?: readonly Operation[];
  readonly Wallets?: readonly {
    readonly WalletID: bigint;
    readonly Currency: string;
    readonly Balance: bigint;
    readonly Available: bigint;
  }[];
}
