// Made from description/ by `npm run client:types`. Do not edit.

/**
 * The detail of each event, by its detail-type.
 */
export interface Events {
  WalletCreated: WalletCreated;
  WalletChanged: WalletChanged;
  TransactionSucceeded: TransactionSucceeded;
  TransactionDeclined: TransactionDeclined;
  PayoutHeld: PayoutHeld;
  HoldChanged: HoldChanged;
  HoldRefused: HoldRefused;
  BalanceCrossed: BalanceCrossed;
  LinkedSucceeded: LinkedSucceeded;
  LinkedDeclined: LinkedDeclined;
  WebhookDisabled: WebhookDisabled;
  GroupsRebalanced: GroupsRebalanced;
}
export interface WalletCreated {
  Version: 1;
  EventId: bigint;
  OccurredAt: string;
  CorrelationId: string;
  WalletId: bigint;
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
export interface WalletChanged {
  Version: 1;
  EventId: bigint;
  OccurredAt: string;
  CorrelationId: string;
  WalletId: bigint;
  Name: string;
  Status: 'active' | 'frozen' | 'closed';
  Frozen?: 'in' | 'out' | 'both';
  CreditLimit: bigint;
  BalanceLimit?: bigint;
  PerOperation?: bigint;
  PerDay?: bigint;
  PerMonth?: bigint;
}
export interface TransactionSucceeded {
  Version: 1;
  EventId: bigint;
  OccurredAt: string;
  CorrelationId: string;
  TransactionId: string;
  Kind: 'receipt' | 'transfer' | 'refund' | 'payout';
  Amount: bigint;
  Currency: string;
  OriginWalletId?: bigint;
  TargetWalletId?: bigint;
  RefundOf?: string;
  Reference?: string;
  Description?: string;
  Metadata?: {
    [k: string]: string;
  };
  WalletAmount: bigint;
  Balance: bigint;
}
export interface TransactionDeclined {
  Version: 1;
  EventId: bigint;
  OccurredAt: string;
  CorrelationId: string;
  TransactionId: string;
  Kind: 'receipt' | 'transfer' | 'refund' | 'payout';
  Amount: bigint;
  Currency: string;
  OriginWalletId?: bigint;
  TargetWalletId?: bigint;
  RefundOf?: string;
  Reference?: string;
  Description?: string;
  Metadata?: {
    [k: string]: string;
  };
  Reason:
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
  Available?: bigint;
  FreeAt?: string;
}
export interface PayoutHeld {
  Version: 1;
  EventId: bigint;
  OccurredAt: string;
  CorrelationId: string;
  TransactionId: string;
  WalletId: bigint;
  Amount: bigint;
  Currency: string;
  WalletAmount: bigint;
}
export interface HoldChanged {
  Version: 1;
  EventId: bigint;
  OccurredAt: string;
  CorrelationId: string;
  HoldId: string;
  WalletId: bigint;
  Amount: bigint;
  Currency: string;
  Reference?: string;
  Description?: string;
  Metadata?: {
    [k: string]: string;
  };
  Status: 'new' | 'active' | 'captured' | 'released' | 'expired';
  ExpiresAt?: string;
}
export interface HoldRefused {
  Version: 1;
  EventId: bigint;
  OccurredAt: string;
  CorrelationId: string;
  HoldId: string;
  WalletId: bigint;
  Amount: bigint;
  Currency: string;
  Reference?: string;
  Description?: string;
  Metadata?: {
    [k: string]: string;
  };
  Asked: 'hold' | 'capture' | 'release' | 'expiry' | 'part_capture';
  Reason:
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
  Available?: bigint;
  FreeAt?: string;
}
export interface BalanceCrossed {
  Version: 1;
  EventId: bigint;
  OccurredAt: string;
  CorrelationId: string;
  AlertId: string;
  WalletId: bigint;
  Direction: 'below' | 'above';
  Threshold: bigint;
  Balance: bigint;
  Currency: string;
  Position: bigint;
  TransactionId: string;
}
export interface LinkedSucceeded {
  Version: 1;
  EventId: bigint;
  OccurredAt: string;
  CorrelationId: string;
  TransactionId: string;
  Kind: 'linked' | 'refund';
  Transfers: {
    OriginWalletId?: bigint;
    TargetWalletId?: bigint;
    Amount: bigint;
    Currency: string;
  }[];
  RefundOf?: string;
  Reference?: string;
  Description?: string;
  Metadata?: {
    [k: string]: string;
  };
}
export interface LinkedDeclined {
  Version: 1;
  EventId: bigint;
  OccurredAt: string;
  CorrelationId: string;
  TransactionId: string;
  Kind: 'linked' | 'refund';
  Transfers: {
    OriginWalletId?: bigint;
    TargetWalletId?: bigint;
    Amount: bigint;
    Currency: string;
  }[];
  RefundOf?: string;
  Reference?: string;
  Description?: string;
  Metadata?: {
    [k: string]: string;
  };
  Reason:
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
  Number: number;
  Available?: bigint;
  FreeAt?: string;
}
export interface WebhookDisabled {
  Version: 1;
  EventId: bigint;
  OccurredAt: string;
  CorrelationId: string;
  WebhookId: string;
  Reason: 'gone' | 'failing';
}
export interface GroupsRebalanced {
  Version: 1;
  EventId: bigint;
  OccurredAt: string;
  CorrelationId: string;
  WalletsMoved: number;
  Groups: {
    Group: number;
    OperationsBefore: number;
    OperationsAfter: number;
  }[];
}

/** Of each event the fields that are read as bigint, and those that it must have. */
export const EVENT_FIELDS: Readonly<Record<keyof Events, { readonly digits: readonly string[]; readonly required: readonly string[] }>> = {
  "WalletCreated": {
    "digits": [
      "EventId",
      "WalletId"
    ],
    "required": [
      "Version",
      "EventId",
      "OccurredAt",
      "CorrelationId",
      "WalletId",
      "Name",
      "Country",
      "City",
      "Currency"
    ]
  },
  "WalletChanged": {
    "digits": [
      "BalanceLimit",
      "CreditLimit",
      "EventId",
      "PerDay",
      "PerMonth",
      "PerOperation",
      "WalletId"
    ],
    "required": [
      "Version",
      "EventId",
      "OccurredAt",
      "CorrelationId",
      "WalletId",
      "Name",
      "Status",
      "CreditLimit"
    ]
  },
  "TransactionSucceeded": {
    "digits": [
      "Amount",
      "Balance",
      "EventId",
      "OriginWalletId",
      "TargetWalletId",
      "WalletAmount"
    ],
    "required": [
      "Version",
      "EventId",
      "OccurredAt",
      "CorrelationId",
      "TransactionId",
      "Kind",
      "Amount",
      "Currency",
      "WalletAmount",
      "Balance"
    ]
  },
  "TransactionDeclined": {
    "digits": [
      "Amount",
      "Available",
      "EventId",
      "OriginWalletId",
      "TargetWalletId"
    ],
    "required": [
      "Version",
      "EventId",
      "OccurredAt",
      "CorrelationId",
      "TransactionId",
      "Kind",
      "Amount",
      "Currency",
      "Reason"
    ]
  },
  "PayoutHeld": {
    "digits": [
      "Amount",
      "EventId",
      "WalletAmount",
      "WalletId"
    ],
    "required": [
      "Version",
      "EventId",
      "OccurredAt",
      "CorrelationId",
      "TransactionId",
      "WalletId",
      "Amount",
      "Currency",
      "WalletAmount"
    ]
  },
  "HoldChanged": {
    "digits": [
      "Amount",
      "EventId",
      "WalletId"
    ],
    "required": [
      "Version",
      "EventId",
      "OccurredAt",
      "CorrelationId",
      "HoldId",
      "WalletId",
      "Amount",
      "Currency",
      "Status"
    ]
  },
  "HoldRefused": {
    "digits": [
      "Amount",
      "Available",
      "EventId",
      "WalletId"
    ],
    "required": [
      "Version",
      "EventId",
      "OccurredAt",
      "CorrelationId",
      "HoldId",
      "WalletId",
      "Amount",
      "Currency",
      "Asked",
      "Reason"
    ]
  },
  "BalanceCrossed": {
    "digits": [
      "Balance",
      "EventId",
      "Position",
      "Threshold",
      "WalletId"
    ],
    "required": [
      "Version",
      "EventId",
      "OccurredAt",
      "CorrelationId",
      "AlertId",
      "WalletId",
      "Direction",
      "Threshold",
      "Balance",
      "Currency",
      "Position",
      "TransactionId"
    ]
  },
  "LinkedSucceeded": {
    "digits": [
      "Amount",
      "EventId",
      "OriginWalletId",
      "TargetWalletId"
    ],
    "required": [
      "Version",
      "EventId",
      "OccurredAt",
      "CorrelationId",
      "TransactionId",
      "Kind",
      "Transfers"
    ]
  },
  "LinkedDeclined": {
    "digits": [
      "Amount",
      "Available",
      "EventId",
      "OriginWalletId",
      "TargetWalletId"
    ],
    "required": [
      "Version",
      "EventId",
      "OccurredAt",
      "CorrelationId",
      "TransactionId",
      "Kind",
      "Transfers",
      "Reason",
      "Number"
    ]
  },
  "WebhookDisabled": {
    "digits": [
      "EventId"
    ],
    "required": [
      "Version",
      "EventId",
      "OccurredAt",
      "CorrelationId",
      "WebhookId",
      "Reason"
    ]
  },
  "GroupsRebalanced": {
    "digits": [
      "EventId"
    ],
    "required": [
      "Version",
      "EventId",
      "OccurredAt",
      "CorrelationId",
      "WalletsMoved",
      "Groups"
    ]
  }
};
