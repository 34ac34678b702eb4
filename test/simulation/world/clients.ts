import { isFirstLeg, show } from '../checks/check-legs.ts';
import type { Journal, Operation } from '../checks/journal.ts';
import { must } from '../checks/violation.ts';
import type { Request } from '../story/script.ts';

/** A reply as a client got it. */
export interface ClientReply {
  /** `unknown` for a server error or no reply at all. */
  readonly outcome: 'accepted' | 'refused' | 'unknown';
  readonly status: number;
  readonly text: string;
  readonly isReplay: boolean;
  /** The ids in the reply, in order; null for a refused entry of a batch. */
  readonly ids: readonly (string | null)[];
}

/** A request ready to be sent. */
export interface Prepared {
  readonly kind: Request['kind'];
  /** Such as `POST /hold/{holdId}/release`. */
  readonly route: string;
  readonly path: Readonly<Record<string, string>>;
  readonly body: string;
  /** For each requested operation, whether a row is that operation. */
  readonly entries: readonly ((operation: Operation, journal: Journal) => boolean)[];
}

/** One request with all its sendings. */
export interface ClientRequest {
  readonly number: number;
  readonly prepared: Prepared;
  readonly key: string | undefined;
  readonly correlationId: string;
  readonly sendings: { readonly sentAt: number; answeredAt: number; reply: ClientReply | undefined }[];
  /** Its operations in the journal. */
  readonly rows: Operation[];
}

/** The clients' own record. Its clock counts sendings and replies, in order. */
export interface Clients {
  readonly requests: ClientRequest[];
  readonly byCorrelation: Map<string, ClientRequest>;
  now: number;
}

export const emptyClients = (): Clients => ({ requests: [], byCorrelation: new Map(), now: 0 });

/** @param key `own` for a new idempotency key, or that of another request */
export function addRequest(clients: Clients, prepared: Prepared, key: string | undefined): ClientRequest {
  const number = clients.requests.length + 1;
  const correlationId = `request-${number}`;
  const request: ClientRequest = {
    number,
    prepared,
    key: key === 'own' ? `key-${number}` : key,
    correlationId,
    sendings: [],
    rows: [],
  };
  clients.requests.push(request);
  clients.byCorrelation.set(correlationId, request);
  return request;
}

/** Checks each request that was sent in this step, or that has a new operation. */
export function checkClients(
  clients: Clients,
  journal: Journal,
  inserted: readonly Operation[],
  sent: ReadonlySet<ClientRequest>,
): void {
  const touched = new Set(sent);
  for (const operation of inserted) {
    if (!isFirstLeg(operation) || operation.leg === 'expiry') continue;
    const request = clients.byCorrelation.get(operation.correlationId);
    must(request !== undefined, 'nothing is recorded without a request', () => show(operation));
    request.rows.push(operation);
    touched.add(request);
  }
  for (const request of touched) {
    const details = () => {
      const replies = request.sendings.map(({ reply }) => reply);
      return `${describe(request)} got ${show(replies)}; the journal has ${request.rows.map(show).join(' ')}`;
    };
    if (!['wallet', 'change'].includes(request.prepared.kind)) checkRows(request, journal, details);
    if (request.key !== undefined) checkReplies(request, details);
  }
}

function checkRows(request: ClientRequest, journal: Journal, details: () => string): void {
  const replies = request.sendings.map(({ reply }) => reply);
  const accepted = replies.filter((one) => one?.outcome === 'accepted');
  const unknown = replies.filter((one) => one?.outcome === 'unknown').length;
  const { entries } = request.prepared;
  const promised = new Map<string, number>();
  for (const { ids = [] } of accepted.map((one) => one ?? { ids: [] })) {
    ids.forEach((id, index) => {
      if (id !== null) promised.set(id, index);
    });
  }
  for (const [id, index] of promised) {
    const row = request.rows.find(({ transactionId }) => transactionId === id);
    must(row !== undefined, 'an accepted operation is in the journal', details);
    must(entries[index]?.(row, journal) ?? false, 'an accepted operation is recorded as requested', details);
  }
  const extra = request.rows.filter(({ transactionId }) => !promised.has(transactionId));
  const isKept = request.key !== undefined;
  const isBound = replies.some(
    (one) => one !== undefined && isKept && one.outcome !== 'unknown' && bindsKey(one),
  );
  const runs = isKept ? (isBound ? 0 : Math.min(unknown, 1)) : unknown;
  must(extra.length <= runs * entries.length, 'nothing is recorded twice, or for a refused request', details);
  must(
    extra.every((row) => entries.some((is) => is(row, journal))),
    'every recorded operation was requested',
    details,
  );
}

/** Checks that all kept replies to one key are the same. */
function checkReplies(request: ClientRequest, details: () => string): void {
  const kept = request.sendings.flatMap(({ reply }) =>
    reply !== undefined && bindsKey(reply) ? [reply] : [],
  );
  const [first] = kept;
  must(
    kept.every(({ status, text }) => status === first?.status && text === first.text),
    'the same key gets the same reply',
    details,
  );
  must(kept.filter(({ isReplay }) => !isReplay).length <= 1, 'a key is processed once', details);
}

/** Refusals of the request itself, which are not kept and leave its key free. */
const UNKEPT = [
  'invalid_json',
  'fields_missing',
  'invalid_field',
  'body_too_large',
  'idempotency_key_reused',
];

/** Whether a reply is kept with its key. An invalid currency name is refused like an unknown currency. */
export const bindsKey = ({ outcome, text }: ClientReply): boolean =>
  outcome === 'accepted' || (outcome === 'refused' && !UNKEPT.some((code) => text.includes(`"${code}"`)));

export const describe = ({ number, prepared: { route, body }, key }: ClientRequest): string =>
  `request ${number} ${route} ${body}${key === undefined ? '' : ` (${key})`}`;
