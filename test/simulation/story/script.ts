/*
 * A run as data: what is done in each step, and what goes wrong in it. References (to wallets, messages, earlier
 * requests) are plain numbers taken modulo what there is, so a script from which steps were removed still runs.
 */

/** How a connection breaks at a statement: what PostgreSQL got of it, and what its client learns. */
export type Cut =
  /** Nothing of the statement arrives. */
  | 'before'
  /** Half of its bytes arrive. */
  | 'torn'
  /** It arrives, and its client is cut off at once, while it runs. */
  | 'during'
  /** It takes effect, and its client is cut off instead of getting the reply. */
  | 'after'
  /** It takes effect, and half of the reply arrives. */
  | 'torn reply';

export interface DatabaseFault {
  /** The n-th statement of the step, from 1; or its first COMMIT. */
  readonly at: number | 'commit';
  /** A cut; or PostgreSQL refuses the statement with this SQLSTATE, and the transaction is aborted. */
  readonly how: Cut | `refuse ${string}`;
  /** The client sees a reset (ECONNRESET) rather than an end. */
  readonly isReset: boolean;
  /** The Lambda instance dies there: nothing of it reaches the database, the queue or the bus any more. */
  readonly isCrash: boolean;
}

/** The n-th call of the step fails: before it took effect, after, or with part of it done. */
export interface CallFault {
  readonly at: number;
  readonly how: 'before' | 'after' | 'part';
}

/** What goes wrong for one actor. */
export interface Faults {
  readonly database?: DatabaseFault;
  /** The database refuses connections during the step: it resets them, or takes and closes them at once. */
  readonly down?: 'reset' | 'close';
  /** The connection broke while nobody used it. */
  readonly idleCut?: true;
  readonly queue?: CallFault;
  readonly bus?: CallFault;
  /** ChangeMessageVisibility fails. */
  readonly postpone?: true;
  /** The deadline is near after so many looks at the clock. */
  readonly late?: number;
  /** The HTTP reply is lost on its way. */
  readonly replyLost?: true;
}

/** An amount: a number of millionths, or a share of what a wallet has at that moment. */
export type Amount = { readonly fixed: string } | { readonly permille: number; readonly plus: number };

export type Entry =
  | { readonly kind: 'receive'; readonly wallet: number; readonly amount: Amount; readonly currency: number }
  | {
      readonly kind: 'transfer';
      readonly origin: number;
      readonly target: number;
      readonly amount: Amount;
      readonly currency: number;
    };

/** A request as a client thinks of it. */
export type Request =
  | Entry
  | { readonly kind: 'wallet'; readonly currency: number }
  | { readonly kind: 'rates'; readonly rates: readonly (readonly [currency: number, rate: string])[] }
  | { readonly kind: 'refund'; readonly transaction: number; readonly amount: Amount | null }
  | { readonly kind: 'hold'; readonly wallet: number; readonly amount: Amount; readonly seconds: number }
  | {
      readonly kind: 'capture';
      readonly hold: number;
      readonly target: number;
      readonly amount: Amount | null;
    }
  | { readonly kind: 'release'; readonly hold: number }
  | { readonly kind: 'batch'; readonly entries: readonly Entry[] }
  | { readonly kind: 'invalid'; readonly which: number; readonly wallet: number };

/** What one actor does in a step. Actors of one step work at once, each on a Lambda instance of its own. */
export type Action =
  | { readonly do: 'ask'; readonly request: Request; readonly isKeyed: boolean }
  /** The same request again: the same body, and the same key where it had one. */
  | { readonly do: 'repeat'; readonly request: number }
  /** Another body under the key of an earlier request. */
  | { readonly do: 'misuse key'; readonly request: number }
  | {
      readonly do: 'deliver';
      readonly messages: readonly number[];
      /** One group in its order; several groups; any messages; any, under another group's name. */
      readonly order: 'group' | 'groups' | 'any' | 'wrong group';
      /** Messages that another processor works on come too: their visibility expired. */
      readonly isExpired: boolean;
      /** They stay in the queue though they were handled. */
      readonly isKept: boolean;
    }
  | { readonly do: 'relay'; readonly isPatient: boolean }
  | { readonly do: 'rebalance' }
  | { readonly do: 'read'; readonly what: number; readonly which: number }
  /** Someone else locks wallets' rows for a while. */
  | { readonly do: 'lock wallets'; readonly wallets: readonly number[] }
  | { readonly do: 'move wallets'; readonly wallets: readonly number[]; readonly group: number }
  | { readonly do: 'withdraw currency'; readonly currency: number }
  | { readonly do: 'end holds'; readonly hold: number }
  | { readonly do: 'end leases' }
  | { readonly do: 'change group count'; readonly groups: number }
  | { readonly do: 'lose messages'; readonly messages: readonly number[] }
  | { readonly do: 'send stranger'; readonly group: number }
  | { readonly do: 'redrive' }
  | { readonly do: 'fail over' };

export interface Actor {
  readonly action: Action;
  readonly faults: Faults;
}

export interface Step {
  readonly actors: readonly Actor[];
  /** Where there are several actors: whose statement is next, each time; how likely the same one's again. */
  readonly turns: { readonly seed: number; readonly stickiness: number };
}

/** What a run starts with. */
export interface Setting {
  readonly currencies: readonly { readonly name: string; readonly rate: string }[];
  /** The currencies of the first wallets, by reference. */
  readonly wallets: readonly number[];
  readonly groups: number;
  /** Steps for which the queue remembers deduplication ids. */
  readonly deduplicationSteps: number;
}

export interface Script {
  readonly setting: Setting;
  readonly steps: readonly Step[];
}
