import { parseJson } from '../../../lib/wire/parse-json.ts';
import { must } from '../checks/violation.ts';
import {
  addRequest,
  bindsKey,
  type ClientReply,
  type ClientRequest,
  type Prepared,
} from '../world/clients.ts';
import { invoke, type Lambda, type RawReply } from '../world/lambda.ts';
import { count, type World } from '../world/world.ts';
import { at } from './random.ts';
import { prepare } from './requests.ts';
import type { Action, Faults } from './script.ts';

/** A repeat refers to one of this many latest requests. */
const RECENT = 30;

/** Sends a new request. */
export async function sendNew(
  world: World,
  lambda: Lambda,
  { request, isKeyed, waits }: Extract<Action, { do: 'request' }>,
  faults: Faults,
): Promise<string> {
  const added = addRequest(world.clients, prepare(request, world.known), isKeyed ? 'own' : undefined);
  return await send(world, lambda, added, waits, faults);
}

/** Sends an earlier request again, unchanged. */
export async function sendAgain(
  world: World,
  lambda: Lambda,
  { request, waits }: Extract<Action, { do: 'repeat' }>,
  faults: Faults,
): Promise<string> {
  const { requests } = world.clients;
  if (requests.length === 0) return 'there is no request to repeat';
  return await send(world, lambda, at(requests.slice(-RECENT).reverse(), request), waits, faults);
}

/** Sends another body with the key of an earlier request whose reply is known. */
export async function misuseKey(
  world: World,
  lambda: Lambda,
  reference: number,
  faults: Faults,
): Promise<string> {
  const bound = world.clients.requests.filter(({ key, sendings, prepared: { body } }) => {
    const isBound = sendings.some(({ reply }) => reply !== undefined && bindsKey(reply));
    return key !== undefined && isBound && otherBody(body) !== body;
  });
  if (bound.length === 0) return 'there is no key to misuse';
  const victim = at(bound.slice(-RECENT), reference);
  const prepared: Prepared = {
    ...victim.prepared,
    kind: 'invalid',
    body: otherBody(victim.prepared.body),
    entries: [],
  };
  const reply = await exchange(world, lambda, addRequest(world.clients, prepared, victim.key), false, faults);
  must(
    reply.status === 422 || reply.outcome === 'unknown',
    'a key is not accepted for another request',
    () => `${victim.key} with another body: ${reply.status} ${reply.text}`,
  );
  return `another body with ${victim.key} → ${reply.status}`;
}

/** A body that asks for something else, in a form that is taken; the same one if there is no other. */
function otherBody(body: string): string {
  if (/"Amount":\s*\d/.test(body))
    return body.replace(
      /("Amount":\s*)(\d+)/,
      (_all, name: string, amount) => `${name}${amount === '1' ? 2 : 1}`,
    );
  if (body.includes('"Name"')) return body.replace(/"Name":\s*"/, '$&x');
  if (body.includes('"Rates"')) return body.replace(/\}\}$/, ', "OTHER": 1}}');
  return body.replace(/("TransactionId"|"TargetWalletId").*(?=\}$)/, '$&,"Amount":1');
}

async function send(
  world: World,
  lambda: Lambda,
  request: ClientRequest,
  waits: boolean,
  faults: Faults,
): Promise<string> {
  const reply = await exchange(world, lambda, request, waits, faults);
  const { kind, body } = request.prepared;
  must(
    kind !== 'invalid' || reply.outcome !== 'accepted',
    'an invalid request is refused',
    () => `${body}: ${reply.status} ${reply.text}`,
  );
  if (reply.outcome === 'accepted') noteAccepted(world, request, reply);
  if (kind === 'rates') {
    // A replayed reply means that the rates were not set now. But if a connection broke, they may have been set, and the
    // reply lost and replayed, in this very step.
    const ofReplay = lambda.wire.struck() === undefined ? 'refused' : 'unknown';
    world.step.currencies.attempts.push({
      rates: ratesIn(body),
      outcome: reply.isReplay ? ofReplay : reply.outcome,
    });
  }
  const what = `${request.prepared.route} ${body}${request.key === undefined ? '' : ` (${request.key})`}`;
  return `${what} → ${reply.status === 0 ? 'no reply' : reply.status} ${reply.isReplay ? 'again ' : ''}${reply.text.slice(0, 160)}`;
}

async function exchange(
  world: World,
  lambda: Lambda,
  request: ClientRequest,
  waits: boolean,
  faults: Faults,
): Promise<ClientReply> {
  const { clients, step } = world;
  const sending = {
    sentAt: ++clients.now,
    answeredAt: Number.POSITIVE_INFINITY,
    reply: undefined as ClientReply | undefined,
  };
  request.sendings.push(sending);
  step.sent.add(request);
  count(world, 'requests');
  if (request.sendings.length > 1)
    count(world, `repeated ${request.key === undefined ? 'without' : 'with'} a key`);
  const { route, path, body } = request.prepared;
  const key = request.key === undefined ? {} : { 'idempotency-key': request.key };
  const prefer = waits ? { prefer: 'wait=20' } : {};
  const headers = { 'x-correlation-id': request.correlationId, ...key, ...prefer };
  const raw = await lambda.untilDeath(
    invoke(lambda.http(route, world.groups), { route, path, body, headers }),
  );
  if (faults.replyLost) count(world, 'fault: the reply is lost');
  sending.answeredAt = ++clients.now;
  sending.reply = UNKNOWN;
  if (raw === 'died') return UNKNOWN;
  must(
    raw.status < 500 || lambda.wire.struck() !== undefined || step.struck.has(lambda.slot),
    'a request fails only by a fault',
    () => `${route} ${body}: ${raw.status} ${raw.text}`,
  );
  if (faults.replyLost) return UNKNOWN;
  if (raw.isWaited) noteTold(world, lambda, raw.text);
  noteSecret(world, raw);
  sending.reply = raw.status >= 500 ? { ...UNKNOWN, status: raw.status } : toClientReply(raw);
  return sending.reply;
}

const UNKNOWN: ClientReply = { outcome: 'unknown', status: 0, text: '', isReplay: false, ids: [] };

/** Notes what a request was told that waited. Its transaction must have ended if nobody and nothing came between. */
function noteTold(world: World, lambda: Lambda, text: string): void {
  const { payload } = parseJson(text) as { payload: { TransactionId: string; Status: string } };
  const { TransactionId: transactionId, Status: status } = payload;
  const isAlone = world.isAlone && lambda.struck().length === 0;
  world.step.told.push({ transactionId, status, isAlone });
  count(world, `requests that waited, told ${status}`);
}

/** Notes the secret of a webhook, which is told once. */
function noteSecret({ webhooks }: World, { text, isReplay }: RawReply): void {
  if (!text.includes('"Secret":')) return;
  must(!isReplay, 'a secret is told once', () => text);
  const { payload } = JSON.parse(text) as { payload: { WebhookId: string; Secret: string } };
  webhooks.book.told.push({ webhookId: payload.WebhookId, secret: payload.Secret });
}

/** The reply as it is without waiting, which is the same each time. */
const shortOf = (text: string): string =>
  text.replace(/^(\{"payload":\{"(TransactionId|HoldId)":"[^"]*").*$/s, '$1}}');

function toClientReply({ status, text: given, isReplay, isWaited }: RawReply): ClientReply {
  // A repeat is told all but the secret.
  const text = (isWaited ? shortOf(given) : given).replace(/,"Secret":"[^"]*"/, '');
  if (status !== 200) return { outcome: 'refused', status, text, isReplay, ids: [] };
  const { payload } = parseJson(text) as { payload: Record<string, unknown> };
  const { TransactionId, HoldId, WalletID, Results, ExpiresAt } = payload as {
    TransactionId?: string;
    HoldId?: string;
    WalletID?: { rawJSON: string };
    Results?: { TransactionId?: string }[];
    ExpiresAt?: string;
  };
  // An extension records no operation.
  if (ExpiresAt !== undefined) return { outcome: 'accepted', status, text, isReplay, ids: [] };
  const ids = Results?.map((result) => result.TransactionId ?? null) ?? [
    ...[TransactionId ?? HoldId ?? WalletID?.rawJSON ?? []].flat(),
  ];
  return { outcome: 'accepted', status, text, isReplay, ids };
}

function noteAccepted({ known }: World, { prepared: { kind } }: ClientRequest, { ids }: ClientReply): void {
  if (kind === 'wallet' || kind === 'change' || kind === 'rates') return;
  for (const id of ids) {
    const list = listOf(known, kind);
    if (id !== null && !list.includes(id)) list.push(id);
  }
}

function listOf(
  { holdIds, payoutIds, transactionIds }: World['known'],
  kind: ClientRequest['prepared']['kind'],
) {
  if (kind === 'hold') return holdIds;
  return kind === 'payout' ? payoutIds : transactionIds;
}

/** The rates in a body, as integers of 10⁻¹². */
function ratesIn(body: string): Map<string, bigint> {
  const entries = [...body.matchAll(/"([A-Z0-9]+)": ([\d.]+)/g)].map(([, name = '', rate = '']) => {
    const [whole = '', fraction = ''] = rate.split('.');
    return [name, BigInt(whole + fraction.padEnd(12, '0'))] as const;
  });
  return new Map(entries);
}
