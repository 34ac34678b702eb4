import { isFirstLeg, show } from '../checks/check-legs.ts';
import type { Journal, Operation } from '../checks/journal.ts';
import { must } from '../checks/violation.ts';
import type { Request } from '../story/script.ts';

/** What a client was told. */
export interface Told {
  /** Nothing certain: an error of the server, or no reply at all. */
  readonly outcome: 'accepted' | 'refused' | 'unknown';
  readonly status: number;
  readonly text: string;
  readonly isReplay: boolean;
  /** What it was given, in order: transaction ids, null for a refused entry of a batch. */
  readonly ids: readonly (string | null)[];
}

/** A request as it is sent. */
export interface Prepared {
  readonly kind: Request['kind'];
  /** Such as `POST /hold/{holdId}/release`. */
  readonly route: string;
  readonly path: Readonly<Record<string, string>>;
  readonly body: string;
  /** For each operation that it asks for, whether this one is it. */
  readonly entries: readonly ((operation: Operation, journal: Journal) => boolean)[];
}

/** Everything about one request: sent once or again. */
export interface Asked {
  readonly number: number;
  readonly prepared: Prepared;
  readonly key: string | undefined;
  readonly correlationId: string;
  readonly sendings: { readonly sentAt: number; answeredAt: number; told: Told | undefined }[];
  /** Its operations in the journal. */
  readonly rows: Operation[];
}

/** The clients' own record. Its clock counts what happens, in order. */
export interface Clients {
  readonly asked: Asked[];
  readonly byCorrelation: Map<string, Asked>;
  now: number;
}

export const noClients = (): Clients => ({ asked: [], byCorrelation: new Map(), now: 0 });

/** @param key `own` for a new idempotency key, or that of another request */
export function ask(clients: Clients, prepared: Prepared, key: string | undefined): Asked {
  const number = clients.asked.length + 1;
  const correlationId = `request-${number}`;
  const asked: Asked = {
    number,
    prepared,
    key: key === 'own' ? `key-${number}` : key,
    correlationId,
    sendings: [],
    rows: [],
  };
  clients.asked.push(asked);
  clients.byCorrelation.set(correlationId, asked);
  return asked;
}

/** What happened with a request in this step: it was sent, or an operation of it showed up. */
export function checkClients(
  clients: Clients,
  journal: Journal,
  inserted: readonly Operation[],
  sent: ReadonlySet<Asked>,
): void {
  const touched = new Set(sent);
  for (const operation of inserted) {
    if (!isFirstLeg(operation) || operation.leg === 'expiry') continue;
    const asked = clients.byCorrelation.get(operation.correlationId);
    must(asked !== undefined, 'nothing is recorded that nobody asked for', () => show(operation));
    asked.rows.push(operation);
    touched.add(asked);
  }
  for (const asked of touched) {
    const words = () => {
      const told = asked.sendings.map((sending) => sending.told);
      return `${describe(asked)} was told ${show(told)}; the journal has ${asked.rows.map(show).join(' ')}`;
    };
    if (asked.prepared.kind !== 'wallet') checkRows(asked, journal, words);
    if (asked.key !== undefined) checkReplies(asked, words);
  }
}

function checkRows(asked: Asked, journal: Journal, words: () => string): void {
  const told = asked.sendings.map((sending) => sending.told);
  const accepted = told.filter((one) => one?.outcome === 'accepted');
  const unknown = told.filter((one) => one?.outcome === 'unknown').length;
  const { entries } = asked.prepared;
  const promised = new Map<string, number>();
  for (const { ids = [] } of accepted.map((one) => one ?? { ids: [] })) {
    ids.forEach((id, index) => {
      if (id !== null) promised.set(id, index);
    });
  }
  for (const [id, index] of promised) {
    const row = asked.rows.find(({ transactionId }) => transactionId === id);
    must(row !== undefined, 'what was accepted is in the journal', words);
    must(entries[index]?.(row, journal) ?? false, 'what was accepted is recorded as it was asked for', words);
  }
  const extra = asked.rows.filter(({ transactionId }) => !promised.has(transactionId));
  const isKept = asked.key !== undefined;
  const isBound = told.some(
    (one) => one !== undefined && isKept && one.outcome !== 'unknown' && bindsKey(one),
  );
  const runs = isKept ? (isBound ? 0 : Math.min(unknown, 1)) : unknown;
  must(extra.length <= runs * entries.length, 'nothing is recorded twice, or for a refused request', words);
  must(
    extra.every((row) => entries.some((is) => is(row, journal))),
    'what is recorded is what was asked for',
    words,
  );
}

/** Of the replies to one key, all that are kept are the same. */
function checkReplies(asked: Asked, words: () => string): void {
  const kept = asked.sendings.flatMap(({ told }) => (told !== undefined && bindsKey(told) ? [told] : []));
  const [first] = kept;
  must(
    kept.every(({ status, text }) => status === first?.status && text === first.text),
    'the same key gets the same reply',
    words,
  );
  must(kept.filter(({ isReplay }) => !isReplay).length <= 1, 'a key is worked on once', words);
}

/** Refusals that say what is wrong with the request itself, and leave its key free. */
const UNKEPT = [
  'invalid_json',
  'fields_missing',
  'invalid_field',
  'body_too_large',
  'idempotency_key_reused',
];

/** Whether a reply is kept with its key. A name that can't be a currency's is refused as an unknown one is. */
export const bindsKey = ({ outcome, text }: Told): boolean =>
  outcome === 'accepted' || (outcome === 'refused' && !UNKEPT.some((code) => text.includes(`"${code}"`)));

export const describe = ({ number, prepared: { route, body }, key }: Asked): string =>
  `request ${number} ${route} ${body}${key === undefined ? '' : ` (${key})`}`;
