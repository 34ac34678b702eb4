import type { WebhookAction, WebhookRequest } from './script-of-webhooks.ts';

/*
 * A run as data: the actions and faults of each step. References (to wallets, messages, earlier requests) are plain
 * numbers, taken modulo the number of items, so a script from which steps were removed still runs.
 */

/** How a connection breaks at a statement: what PostgreSQL receives, and what the client receives. */
export type Cut =
  /** Nothing of the statement arrives. */
  | 'before'
  /** Half of its bytes arrive. */
  | 'torn'
  /** It arrives, and the client is cut off at once, while it runs. */
  | 'during'
  /** It takes effect, and the client is cut off instead of getting the reply. */
  | 'after'
  /** It takes effect, and half of the reply arrives. */
  | 'torn reply';

export interface DatabaseFault {
  /** The n-th statement of the step, from 1, or its first COMMIT. */
  readonly at: number | 'commit';
  /** A cut, or PostgreSQL refuses the statement with this SQLSTATE and aborts the transaction. */
  readonly how: Cut | `refuse ${string}`;
  /** The client sees a reset (ECONNRESET) instead of an end. */
  readonly isReset: boolean;
  /** The Lambda instance dies there: it no longer reaches the database, the queue or the bus. */
  readonly isCrash: boolean;
}

/** The n-th call of the step fails: before it takes effect, after it, or when part of it is done. */
export interface CallFault {
  readonly at: number;
  readonly how: 'before' | 'after' | 'part';
}

/** The faults that hit one actor. */
export interface Faults {
  readonly database?: DatabaseFault;
  /** The database refuses connections during the step: it resets them, or accepts and closes them at once. */
  readonly down?: 'reset' | 'close';
  /** The connection broke while idle. */
  readonly idleCut?: true;
  readonly queue?: CallFault;
  readonly bus?: CallFault;
  /** ChangeMessageVisibility fails. */
  readonly postpone?: true;
  /** The deadline is near after so many reads of the remaining time. */
  readonly late?: number;
  /** The HTTP reply is lost. */
  readonly replyLost?: true;
}

/** An amount: a number of millionths, or a share of what a wallet has at that moment. */
export type Amount = { readonly fixed: string } | { readonly permille: number; readonly plus: number };

/** The number of a reference that is given, with what else its requests give; null if nothing is given. */
interface Noted {
  readonly note: number | null;
}

export type Entry = Noted &
  (
    | {
        readonly kind: 'receive';
        readonly wallet: number;
        readonly amount: Amount;
        readonly currency: number;
      }
    | {
        readonly kind: 'transfer';
        readonly origin: number;
        readonly target: number;
        readonly amount: Amount;
        readonly currency: number;
      }
  );

/** A client's request, before its references are resolved. */
export type Request =
  | Entry
  | WebhookRequest
  | (Noted & { readonly kind: 'wallet'; readonly currency: number })
  | {
      readonly kind: 'change';
      readonly wallet: number;
      /** The end of its path. */
      readonly what: 'freeze' | 'unfreeze' | 'close' | 'limits' | 'alerts' | 'alerts/remove';
      readonly direction: 'in' | 'out' | 'both';
      /** New limits by name, as amounts of its wallet; null removes one. */
      readonly limits: Readonly<Record<string, Amount | null>>;
      /** The edge of a new alert. */
      readonly edge: Amount;
    }
  | { readonly kind: 'rates'; readonly rates: readonly (readonly [currency: number, rate: string])[] }
  | (Noted & {
      readonly kind: 'refund';
      readonly transaction: number;
      /** Whether it is of a linked transaction. */
      readonly ofLinked: boolean;
      readonly amount: Amount | null;
    })
  | (Noted & {
      readonly kind: 'hold';
      readonly wallet: number;
      readonly amount: Amount;
      readonly seconds: number;
      /** The wallet's if null. */
      readonly currency: number | null;
      /** A share of the amount, in thousandths. */
      readonly overPermille: number;
    })
  | {
      readonly kind: 'capture';
      readonly hold: number;
      readonly target: number;
      readonly amount: Amount | null;
      readonly isFinal: boolean;
    }
  | { readonly kind: 'extend'; readonly hold: number; readonly seconds: number }
  | {
      readonly kind: 'payout';
      readonly wallet: number;
      readonly amount: Amount;
      readonly currency: number;
      readonly isHeld: boolean;
    }
  | { readonly kind: 'confirm' | 'cancel'; readonly payout: number }
  | { readonly kind: 'release'; readonly hold: number }
  | { readonly kind: 'batch'; readonly entries: readonly Entry[] }
  | (Noted & {
      readonly kind: 'linked';
      /** None of them with a note of its own. */
      readonly entries: readonly Entry[];
      /** Whether each transfer moves on what the previous one brought. */
      readonly isChain: boolean;
      /** Whether it is a batch with `Atomic`, which takes receipts as well. */
      readonly isBatch: boolean;
    })
  | { readonly kind: 'invalid'; readonly which: number; readonly wallet: number };

/** What one actor does in a step. The actors of a step run at once, each on its own Lambda instance. */
export type Action =
  | WebhookAction
  | {
      readonly do: 'request';
      readonly request: Request;
      readonly isKeyed: boolean;
      /** Whether it waits for the outcome, if it is of those that can. */
      readonly waits: boolean;
    }
  /** A request that is only tried out; then the same one is made, if that can be compared. */
  | { readonly do: 'try'; readonly request: Request }
  /** The same request again: the same body, and the same key if it had one. */
  | { readonly do: 'repeat'; readonly request: number; readonly waits: boolean }
  /** Another body under the key of an earlier request. */
  | { readonly do: 'misuse key'; readonly request: number }
  | {
      readonly do: 'deliver';
      readonly messages: readonly number[];
      /** One group in order; several groups; any messages; any messages under one group's name. */
      readonly order: 'group' | 'groups' | 'any' | 'wrong group';
      /** Also messages that another processor works on, because their visibility timeout expired. */
      readonly isExpired: boolean;
      /** The messages stay in the queue although they were processed. */
      readonly isKept: boolean;
    }
  | { readonly do: 'relay'; readonly isScheduled: boolean }
  | { readonly do: 'rebalance' }
  | { readonly do: 'read'; readonly what: number; readonly which: number }
  /** A reader of a list goes on from where it was. */
  | { readonly do: 'follow'; readonly list: number; readonly limit: number }
  /** A transaction outside the functions locks wallets' rows for a while. */
  | { readonly do: 'lock wallets'; readonly wallets: readonly number[] }
  | { readonly do: 'move wallets'; readonly wallets: readonly number[]; readonly group: number }
  | { readonly do: 'withdraw currency'; readonly currency: number }
  | { readonly do: 'end holds'; readonly hold: number }
  | { readonly do: 'end leases' }
  | { readonly do: 'change group count'; readonly groups: number }
  | { readonly do: 'lose messages'; readonly messages: readonly number[] }
  | { readonly do: 'send foreign message'; readonly group: number }
  | { readonly do: 'redrive' }
  | { readonly do: 'fail over' };

export interface Actor {
  readonly action: Action;
  readonly faults: Faults;
}

export interface Step {
  readonly actors: readonly Actor[];
  /** With several actors: the seed that chooses whose statement is next, and how likely the same actor goes on. */
  readonly turns: { readonly seed: number; readonly stickiness: number };
}

/** What a run starts with. */
export interface Setting {
  readonly currencies: readonly { readonly name: string; readonly rate: string }[];
  /** The currencies of the first wallets, by reference. */
  readonly wallets: readonly number[];
  readonly groups: number;
  /** Steps for which the queue keeps deduplication ids. */
  readonly deduplicationSteps: number;
}

export interface Script {
  readonly setting: Setting;
  readonly steps: readonly Step[];
}
