import { parseJson } from '../../../lib/wire/json.ts';
import { must } from '../checks/violation.ts';
import { type Asked, ask, bindsKey, type Prepared, type Told } from '../world/clients.ts';
import { invoke, type Lambda } from '../world/lambda.ts';
import { count, type World } from '../world/world.ts';
import { at } from './random.ts';
import { prepare } from './requests.ts';
import type { Faults, Request } from './script.ts';

/** Of the earlier requests, those a repeat may mean: the latest this many. */
const RECENT = 30;

/** Sends a new request. */
export async function askAnew(
  world: World,
  lambda: Lambda,
  request: Request,
  isKeyed: boolean,
  faults: Faults,
): Promise<string> {
  const asked = ask(world.clients, prepare(request, world.known), isKeyed ? 'own' : undefined);
  return await send(world, lambda, asked, faults);
}

/** Sends an earlier request as it was. */
export async function askAgain(
  world: World,
  lambda: Lambda,
  reference: number,
  faults: Faults,
): Promise<string> {
  const { asked } = world.clients;
  if (asked.length === 0) return 'repeats nothing';
  return await send(world, lambda, at(asked.slice(-RECENT).reverse(), reference), faults);
}

/** Sends another body with the key of an earlier request whose reply is known. */
export async function misuseKey(
  world: World,
  lambda: Lambda,
  reference: number,
  faults: Faults,
): Promise<string> {
  const bound = world.clients.asked.filter(({ key, sendings }) => {
    return key !== undefined && sendings.some(({ told }) => told !== undefined && bindsKey(told));
  });
  if (bound.length === 0) return 'misuses no key';
  const victim = at(bound.slice(-RECENT), reference);
  const prepared: Prepared = {
    ...victim.prepared,
    kind: 'invalid',
    body: `${victim.prepared.body} `,
    entries: [],
  };
  const told = await exchange(world, lambda, ask(world.clients, prepared, victim.key), faults);
  must(
    told.status === 422 || told.outcome === 'unknown',
    'a key is not taken for another request',
    () => `${victim.key} with another body: ${told.status} ${told.text}`,
  );
  return `another body with ${victim.key} → ${told.status}`;
}

async function send(world: World, lambda: Lambda, asked: Asked, faults: Faults): Promise<string> {
  const told = await exchange(world, lambda, asked, faults);
  const { kind, body } = asked.prepared;
  must(
    kind !== 'invalid' || told.outcome !== 'accepted',
    'an invalid request is refused',
    () => `${body}: ${told.status} ${told.text}`,
  );
  if (told.outcome === 'accepted') noteAccepted(world, asked, told);
  if (kind === 'rates') {
    // A kept reply says that nothing was done now; but where a connection broke, it may have been lost and asked for
    // again in this very step.
    const ofReplay = lambda.wire.struck() === undefined ? 'refused' : 'unknown';
    world.step.currencies.attempts.push({
      rates: ratesIn(body),
      outcome: told.isReplay ? ofReplay : told.outcome,
    });
  }
  const what = `${asked.prepared.route} ${body}${asked.key === undefined ? '' : ` (${asked.key})`}`;
  return `${what} → ${told.status === 0 ? 'no reply' : told.status} ${told.isReplay ? 'again ' : ''}${told.text.slice(0, 160)}`;
}

async function exchange(world: World, lambda: Lambda, asked: Asked, faults: Faults): Promise<Told> {
  const { clients, step } = world;
  const sending = {
    sentAt: ++clients.now,
    answeredAt: Number.POSITIVE_INFINITY,
    told: undefined as Told | undefined,
  };
  asked.sendings.push(sending);
  step.sent.add(asked);
  count(world, 'requests');
  if (asked.sendings.length > 1)
    count(world, `repeated ${asked.key === undefined ? 'without' : 'with'} a key`);
  const { route, path, body } = asked.prepared;
  const key = asked.key === undefined ? {} : { 'idempotency-key': asked.key };
  const headers = { 'x-correlation-id': asked.correlationId, ...key };
  const reply = await lambda.untilDeath(
    invoke(lambda.http(route, world.groups), { route, path, body, headers }),
  );
  if (faults.replyLost) count(world, 'fault: the reply is lost');
  sending.answeredAt = ++clients.now;
  sending.told = UNKNOWN;
  if (reply === 'died') return UNKNOWN;
  must(
    reply.status < 500 || lambda.wire.struck() !== undefined || step.struck.has(lambda.slot),
    'a request fails by a fault alone',
    () => `${route} ${body}: ${reply.status} ${reply.text}`,
  );
  if (faults.replyLost) return UNKNOWN;
  sending.told = reply.status >= 500 ? { ...UNKNOWN, status: reply.status } : toTold(reply);
  return sending.told;
}

const UNKNOWN: Told = { outcome: 'unknown', status: 0, text: '', isReplay: false, ids: [] };

function toTold({ status, text, isReplay }: { status: number; text: string; isReplay: boolean }): Told {
  if (status !== 200) return { outcome: 'refused', status, text, isReplay, ids: [] };
  const { payload } = parseJson(text) as { payload: Record<string, unknown> };
  const { TransactionId, HoldId, WalletID, Results } = payload as {
    TransactionId?: string;
    HoldId?: string;
    WalletID?: { rawJSON: string };
    Results?: { TransactionId?: string }[];
  };
  const ids = Results?.map((result) => result.TransactionId ?? null) ?? [
    ...[TransactionId ?? HoldId ?? WalletID?.rawJSON ?? []].flat(),
  ];
  return { outcome: 'accepted', status, text, isReplay, ids };
}

function noteAccepted({ known }: World, { prepared: { kind } }: Asked, { ids }: Told): void {
  if (kind === 'wallet' || kind === 'rates') return;
  for (const id of ids) {
    const list = kind === 'hold' ? known.holdIds : known.transactionIds;
    if (id !== null && !list.includes(id)) list.push(id);
  }
}

/** The rates in a body, as integers of 10⁻¹²; a name given twice counts as JSON takes it, the last time. */
function ratesIn(body: string): Map<string, bigint> {
  const entries = [...body.matchAll(/"([A-Z0-9]+)": ([\d.]+)/g)].map(([, name = '', rate = '']) => {
    const [whole = '', fraction = ''] = rate.split('.');
    return [name, BigInt(whole + fraction.padEnd(12, '0'))] as const;
  });
  return new Map(entries);
}
