/** A webhook as the last checks saw it. */
export interface SeenWebhook {
  readonly id: string;
  readonly eventTypes: readonly string[];
  readonly secret: string;
  /** The previous secret while it signs, too. */
  readonly oldSecret: string | null;
  readonly isEnabled: boolean;
  /** Whether it fails or is slow, and gets fewer posts at once. */
  readonly isPoor: boolean;
  /** Posts of it that are under way. */
  readonly posting: number;
}

/** A delivery's row. */
export interface DeliveryRow {
  readonly messageId: string;
  readonly webhookId: string;
  readonly type: string;
  readonly status: 'waiting' | 'delivered' | 'failed';
  readonly attempts: number;
}

/** What checks of webhooks remember. */
export interface WebhookBook {
  /** The number of the step, from 1 on. */
  step: number;
  /** When checks last looked, by the clock of the database; undefined before there was a webhook. */
  lookedAt: string | undefined;
  /** The webhooks after the last step, by id. */
  webhooks: ReadonlyMap<string, SeenWebhook>;
  /** The secrets with which posts of a webhook are signed, from a step on. */
  readonly secrets: Map<string, ValidSecrets[]>;
  /** The posts under way of each webhook that failed or was slow at the last check. */
  readonly poor: Map<string, number>;
  /** Since which step a webhook was enabled at each check. */
  readonly enabledSince: Map<string, number>;
  /** Secrets that callers were told in this step, by webhook. */
  readonly told: { readonly webhookId: string; readonly secret: string }[];
  /** The step in which the bus took an event first, by the id of its message. */
  readonly taken: Map<string, number>;
  /** The messages of events that the subscriber was done with in this step. */
  readonly staged: { readonly messageId: string; readonly type: string }[];
  /** The deliveries that have to be: message and webhook. */
  readonly due: Set<string>;
  /** The messages to be sent again that did not arrive since, with the step of the request: message and webhook. */
  readonly resent: Map<string, number>;
  /** The deliveries after the last step. */
  deliveries: readonly DeliveryRow[];
  /** Posts that were under way, by their signatures. */
  readonly posting: Map<string, Posting>;
  /** The body of each message that arrived, by its id. */
  readonly bodies: Map<string, string>;
  /** What receivers keep, and what they answered 2xx to: message and webhook. */
  readonly kept: Set<string>;
  readonly answered: Set<string>;
}

/** Secrets from a step on; not for sure if they changed while others acted. */
interface ValidSecrets {
  readonly step: number;
  readonly valid: readonly string[];
  readonly isSure: boolean;
}

/** A post that is under way, and the step in which it was signed. */
export interface Posting {
  readonly webhookId: string;
  readonly messageId: string;
  readonly step: number;
}

export const emptyWebhookBook = (): WebhookBook => ({
  ...{
    step: 1,
    lookedAt: undefined,
    webhooks: new Map(),
    secrets: new Map(),
    poor: new Map(),
    enabledSince: new Map(),
  },
  ...{
    told: [],
    taken: new Map(),
    staged: [],
    due: new Set(),
    resent: new Map(),
    deliveries: [],
    posting: new Map(),
  },
  ...{ bodies: new Map(), kept: new Set(), answered: new Set() },
});

/** The id that the message of an event has at every receiver, at each attempt. */
export const messageIdOf = ({ detail }: { readonly detail: Readonly<Record<string, unknown>> }): string =>
  `event-${String(detail['EventId'])}`;

export const pairOf = ({
  messageId,
  webhookId,
}: {
  readonly messageId: string;
  readonly webhookId: string;
}): string => `${messageId} ${webhookId}`;
