import { setImmediate as nextTurn } from 'node:timers/promises';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { createBalancer } from '../../../functions/balancer.ts';
import { acceptOperations } from '../../../functions/batch.ts';
import { updateCurrencies } from '../../../functions/currencies.ts';
import { extendHold } from '../../../functions/extensions.ts';
import { captureHold, holdAmount, releaseHold } from '../../../functions/holds.ts';
import { linkTransfers } from '../../../functions/linked.ts';
import { cancelPayout, confirmPayout, sendAmount } from '../../../functions/payouts.ts';
import { createProcessor } from '../../../functions/processor.ts';
import { showHold } from '../../../functions/read-holds.ts';
import { getTransaction } from '../../../functions/read-transactions.ts';
import { getWallet, listWallets } from '../../../functions/read-wallets.ts';
import { refundTransaction } from '../../../functions/refunds.ts';
import { createRelay } from '../../../functions/relay.ts';
import { listOperations, totalOperations } from '../../../functions/reports.ts';
import { receiveAmount, transferAmount } from '../../../functions/transactions.ts';
import {
  addAlert,
  closeWallet,
  freezeWallet,
  limitWallet,
  removeAlert,
  unfreezeWallet,
} from '../../../functions/wallet-rules.ts';
import { createWallet } from '../../../functions/wallets.ts';
import {
  disableWebhook,
  enableWebhook,
  createWebhook as registerWebhook,
  resend,
  rotateSecret,
  testWebhook,
} from '../../../functions/webhooks.ts';
import type { HttpHandler } from '../../../lib/http/serve.ts';
import { openDatabase, type Sql } from '../../../lib/postgres/database.ts';
import type { RelayReport } from '../../../lib/settle/relay.ts';
import type { CallFault, Faults } from '../story/script.ts';
import type { SimulatedBus } from './bus.ts';
import { type WebhookFunctions, webhookFunctions } from './lambda-of-webhooks.ts';
import type { Gate, Struck } from './link.ts';
import type { SimulatedQueue } from './queue.ts';
import type { SimulatedWebhooks } from './webhooks.ts';
import { openWire, type Wire } from './wire.ts';

/** One Lambda instance that can be any of the functions, with the network around it. */
export interface Lambda {
  readonly slot: number;
  readonly sql: Sql;
  readonly wire: Wire;
  readonly http: (route: string, groups: number) => HttpHandler;
  readonly process: ReturnType<typeof createProcessor>;
  /** The relay as it is scheduled. */
  readonly relay: () => Promise<RelayReport>;
  /** A relay without the idle time: it takes everything pending. */
  readonly relayAll: () => Promise<RelayReport>;
  readonly webhooks: WebhookFunctions;
  /** The fault of a call to a queue, if any, by its place among calls that are made at once. */
  strikeQueueAt(call: number): CallFault['how'] | undefined;
  readonly rebalance: (groups: number) => ReturnType<ReturnType<typeof createBalancer>>;
  begin(faults: Faults, gate: Gate | undefined): Promise<void>;
  end(): Promise<void>;
  /** The work's result, or `died` if the instance dies first. */
  untilDeath<T>(work: Promise<T>): Promise<T | 'died'>;
  /** The faults that hit the instance in this step. */
  struck(): readonly Struck[];
  /** Milliseconds until the function's deadline, as Lambda's context reports them. */
  remaining(): number;
  close(): Promise<void>;
}

const FAILED = { before: 'not done', after: 'done', part: 'done in part' } as const;

const REMAINING_MS = 30_000;
const NEAR_DEADLINE_MS = 1_000;

export async function openLambda(
  slot: number,
  databaseUrl: string,
  {
    queue: queues,
    bus: buses,
    webhooks,
  }: {
    readonly queue: SimulatedQueue;
    readonly bus: SimulatedBus;
    readonly webhooks: SimulatedWebhooks;
  },
): Promise<Lambda> {
  const wire = await openWire(slot, databaseUrl);
  const sql = openDatabase(wire.url);
  const own = ownFaults(wire);
  const { note, strike } = own;
  const side = {
    strike: () => strike('queue'),
    failsToPostpone: () => {
      const isStruck = own.given().postpone ?? false;
      if (isStruck) note('ChangeMessageVisibility failed');
      return isStruck || wire.isDead();
    },
  };
  const queue = queues.client(side);
  const graveyard = queues.graveyard(side);
  const bus = buses.client({ slot, strike: () => strike('bus') });
  const hooks = webhooks.clients(slot, () => strike('queue'));
  // A pause takes no time: while one waits, the others take their turns.
  const deps = {
    ...{ sql, queue, bus, graveyard, ...hooks },
    ...{ apiKeys: 'off' as const, pause: () => nextTurn() },
  };

  return {
    slot,
    sql,
    wire,
    http: httpHandlers(deps),
    process: createProcessor(deps),
    relay: () => createRelay(deps)({}, { getRemainingTimeInMillis: own.remaining }),
    relayAll: () => createRelay(deps, 0)({}, { getRemainingTimeInMillis: own.remaining }),
    webhooks: webhookFunctions(deps, own.remaining),
    strikeQueueAt: own.strikeQueueAt,
    rebalance: (groups) => createBalancer(deps, groups)({}, { awsRequestId: `balancer-${slot}` }),
    async begin(given, gate) {
      own.begin(given);
      await wire.arm(given, gate);
    },
    end: () => wire.disarm(),
    untilDeath: (work) => Promise.race([work, wire.death().then(() => 'died' as const)]),
    struck: () => [...own.struck(), ...[wire.struck() ?? []].flat()],
    remaining: own.remaining,
    async close() {
      // A dead instance may be about to connect again; nobody waits for that.
      await sql.end({ timeout: wire.isDead() ? 0 : 1 });
      await wire.close();
    },
  };
}

/** The faults of an instance that its wire does not see: those of its calls, and of its time. */
function ownFaults(wire: Wire) {
  let faults: Faults = {};
  let calls = { queue: 0, bus: 0, clock: 0 };
  let struck: Struck[] = [];
  const note = (kind: string) => void struck.push({ kind, where: '' });
  const strikeIf = (what: 'queue' | 'bus', call: number): CallFault['how'] | undefined => {
    const fault = faults[what];
    if (fault?.at !== call) return undefined;
    note(`${what} call failed (${FAILED[fault.how]})`);
    return fault.how;
  };
  return {
    note,
    given: () => faults,
    struck: () => struck,
    begin(given: Faults): void {
      [faults, calls, struck] = [given, { queue: 0, bus: 0, clock: 0 }, []];
    },
    /** The fault of the next call, if any; no call goes through once the instance is dead. */
    strike(what: 'queue' | 'bus'): CallFault['how'] | undefined {
      calls[what] += 1;
      return wire.isDead() ? 'before' : strikeIf(what, calls[what]);
    },
    strikeQueueAt: (call: number) => strikeIf('queue', call),
    remaining(): number {
      calls.clock += 1;
      if (faults.late === undefined || calls.clock <= faults.late) return REMAINING_MS;
      if (calls.clock === faults.late + 1) note('deadline near');
      return NEAR_DEADLINE_MS;
    },
  };
}

function httpHandlers(
  deps: Parameters<typeof createProcessor>[0] &
    Parameters<typeof receiveAmount>[0] &
    Parameters<typeof resend>[0],
): Lambda['http'] {
  const routes: Readonly<Record<string, HttpHandler>> = {
    'POST /update_currencies': updateCurrencies(deps),
    'POST /receive_amount': receiveAmount(deps),
    'POST /transfer_amount': transferAmount(deps),
    'POST /refund': refundTransaction(deps),
    'POST /hold': holdAmount(deps),
    'POST /hold/{holdId}/capture': captureHold(deps),
    'POST /hold/{holdId}/release': releaseHold(deps),
    'POST /hold/{holdId}/extend': extendHold()(deps),
    'POST /send_amount': sendAmount(deps),
    'POST /send_amount/{transactionId}/confirm': confirmPayout(deps),
    'POST /send_amount/{transactionId}/cancel': cancelPayout(deps),
    'POST /batch': acceptOperations(deps),
    'POST /transaction': linkTransfers(deps),
    'POST /wallet/{walletId}/freeze': freezeWallet()(deps),
    'POST /wallet/{walletId}/unfreeze': unfreezeWallet()(deps),
    'POST /wallet/{walletId}/close': closeWallet()(deps),
    'POST /wallet/{walletId}/limits': limitWallet()(deps),
    'POST /wallet/{walletId}/alerts': addAlert(deps),
    'POST /wallet/{walletId}/alerts/remove': removeAlert(deps),
    'POST /webhooks': registerWebhook()(deps),
    'POST /webhook/{webhookId}/disable': disableWebhook(deps),
    'POST /webhook/{webhookId}/enable': enableWebhook(deps),
    'POST /webhook/{webhookId}/rotate': rotateSecret(deps),
    'POST /webhook/{webhookId}/test': testWebhook(deps),
    'POST /webhook/{webhookId}/resend': resend(deps),
    'GET /wallet/{walletId}': getWallet(deps),
    'GET /wallets': listWallets(deps),
    'GET /hold/{holdId}': showHold(deps),
    'GET /transaction/{transactionId}': getTransaction(deps),
    'GET /operations/{walletId}': listOperations(deps),
    'GET /operations/total/{walletId}': totalOperations(deps),
  };
  const byGroups = new Map<number, HttpHandler>();
  return (route, groups) => {
    if (route === 'POST /wallet') {
      const handler = byGroups.get(groups) ?? createWallet(groups)(deps);
      byGroups.set(groups, handler);
      return handler;
    }
    const handler = routes[route];
    if (handler === undefined) throw new Error(`no route ${route}`);
    return handler;
  };
}

/** A handler's reply. */
export interface RawReply {
  readonly status: number;
  readonly text: string;
  readonly isReplay: boolean;
  /** Whether it tells the outcome that the request waited for. */
  readonly isWaited: boolean;
}

/** Calls a handler as API Gateway does. */
export async function invoke(
  handler: HttpHandler,
  request: {
    readonly route: string;
    readonly path: Readonly<Record<string, string>>;
    readonly query?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  },
): Promise<RawReply> {
  const [method = '', template = ''] = request.route.split(' ');
  const path = template.replace(/\{(\w+)\}/g, (_all, name: string) => request.path[name] ?? '');
  const event = {
    version: '2.0',
    routeKey: request.route,
    rawPath: path,
    rawQueryString: '',
    headers: request.headers ?? {},
    requestContext: { http: { method, path, sourceIp: '127.0.0.1' } },
    isBase64Encoded: false,
    pathParameters: request.path,
    ...(request.query === undefined ? {} : { queryStringParameters: request.query }),
    ...(request.body === undefined ? {} : { body: request.body }),
  } as unknown as APIGatewayProxyEventV2;
  const reply = await handler(event, {
    awsRequestId: 'simulated',
    getRemainingTimeInMillis: () => REMAINING_MS,
  } as Context);
  const { headers = {} } = reply;
  return {
    status: reply.statusCode ?? 0,
    text: reply.body ?? '',
    isReplay: headers['Idempotency-Replayed'] === 'true',
    isWaited: headers['Preference-Applied'] !== undefined,
  };
}
