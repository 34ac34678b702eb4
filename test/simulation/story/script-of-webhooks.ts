/** What a receiver does with a post. */
export type Mood =
  /** It keeps what it gets, and answers 2xx. */
  | 'keeps'
  /** It answers 2xx, and has lost what it got. */
  | 'lies'
  /** It answers 500. */
  | 'fails'
  /** It answers 410. */
  | 'gone'
  /** It never answers. */
  | 'hangs'
  /** It keeps what it gets, and answers after three seconds. */
  | 'is slow'
  /** Its process was killed: it takes no connection. */
  | 'refuses'
  /** It keeps what it gets, and is killed before it answers. */
  | 'breaks';

/** Where the name of a receiver leads. */
export type Leads = 'a public address' | 'a private address' | 'a public and a private address' | 'nowhere';

/** A request about webhooks. */
export type WebhookRequest =
  | {
      readonly kind: 'webhook';
      readonly receiver: number;
      /** Null for all. */
      readonly eventTypes: readonly number[] | null;
    }
  | {
      readonly kind: 'webhook change';
      readonly webhook: number;
      /** The end of its path. */
      readonly what: 'disable' | 'enable' | 'rotate' | 'test' | 'resend';
      /** For how long the previous secret signs, too. */
      readonly overlapSeconds: number;
      /** The message to send again; all if null. */
      readonly message: number | null;
    };

/** What an actor does about webhooks. */
export type WebhookAction =
  /** Events come to the subscriber that stages them. */
  | { readonly do: 'fan out'; readonly events: readonly number[]; readonly isKept: boolean }
  | {
      readonly do: 'post';
      readonly messages: readonly number[];
      /** The messages come once more, or to two at once. */
      readonly isKept: boolean;
    }
  | { readonly do: 'note results'; readonly messages: readonly number[]; readonly isKept: boolean }
  | { readonly do: 'relay webhooks' }
  /** Time passes for webhooks: it stands still in the other steps. */
  | { readonly do: 'pass time'; readonly seconds: number }
  | { readonly do: 'change receiver'; readonly receiver: number; readonly mood: Mood }
  | { readonly do: 'change name'; readonly receiver: number; readonly leads: Leads };
