import type { Example } from '../../../description/examples.ts';
import { createKey } from '../../../lib/access/api-key-store.ts';
import { UNAUTHENTICATED } from '../../../lib/access/caller.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { type Answer, type Asked, call } from '../system/client.ts';
import { callerWith } from './callers.ts';
import { describedBy, exampleOf, requestOf, type Step, type Story, take } from './story.ts';

const LIMITED = 'c0a1b5a4-3a0e-4d0b-8c1a-5a1d7f3b9e21';

/** POSTs for which an empty body will do: only their path can lack something. */
const NEEDS_NO_FIELD = new Set([
  'releaseHold',
  'confirmPayout',
  'cancelPayout',
  'freezeWallet',
  'unfreezeWallet',
  'closeWallet',
  'limitWallet',
  'disableWebhook',
  'enableWebhook',
  'testWebhook',
  'rotateWebhookSecret',
  'revokeKey',
]);

/** Milliseconds that a request has that runs out of time: more than a handler keeps for its reply. */
const SHORT_MS = 300;

/** A pool whose every use does the same. */
const poolThat = (act: () => unknown): Sql =>
  Object.assign(() => act(), { begin: act, unsafe: act, reserve: act, options: {} }) as unknown as Sql;

/** A part of a statement fails likewise, and nobody waits for it. */
const failsWith = (error: Error) =>
  poolThat(() => {
    const failed = Promise.reject(error);
    failed.catch(() => {});
    return failed;
  });

/** Records each error that a step's route may answer, besides those of its own. */
export async function commonRefusals({ system, captured, transfer }: Story, step: Step): Promise<Example[]> {
  const { handlerOf, method, scope } = describedBy(step.operationId);
  const good = requestOf(step, method);
  const isPost = method === 'post';
  const recorded: Example[] = [];
  const ask = async (asked: Asked, deps: object = {}): Promise<Answer> =>
    await call(handlerOf({ ...system.deps, apiKeys: 'required', ...deps } as never), asked);
  const record = async (code: string, answer: Answer, shown: Step = step) => {
    if (answer.payload.code !== code) throw new Error(`${step.operationId} ${code}: ${answer.text}`);
    recorded.push(exampleOf(shown, code, answer));
  };

  await record('invalid_field', await ask({ ...good, query: { ...good.query, Nonsense: '1' } }));
  if (scope === undefined) return recorded;
  await record('unauthorized', await ask({ ...good, access: UNAUTHENTICATED }));
  if (scope !== 'any key') {
    const other = scope === 'reports:read' ? 'wallets:read' : 'reports:read';
    await record('forbidden', await ask({ ...good, access: callerWith([other]) }));
  }
  await record('too_many_requests', await ask({ ...good, access: callerWith(['admin'], LIMITED, 1) }));
  await record('internal_error', await ask(good, { sql: failsWith(new Error('an example')) }));
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  await record('database_unavailable', await ask(good, { sql: failsWith(refused) }));
  const never = poolThat(() => new Promise(() => {}));
  await record('out_of_time', await ask({ ...good, remainingMs: SHORT_MS }, { sql: never }));
  if (!isPost) {
    const [name] = Object.keys(step.path ?? {});
    if (name !== undefined) {
      const blank = { ...step, path: { ...step.path, [name]: ' ' } };
      await record('fields_missing', await take(system, blank), blank);
    }
    return recorded;
  }
  const broken = { ...step, body: '{' };
  await record('invalid_json', await take(system, broken), broken);
  if (NEEDS_NO_FIELD.has(step.operationId)) {
    const [name = ''] = Object.keys(step.path ?? {});
    const blank = { ...step, path: { [name]: ' ' } };
    await record('fields_missing', await take(system, blank), blank);
  } else if (step.operationId !== 'rebalance') {
    const empty = { ...step, body: '{}' };
    await record('fields_missing', await take(system, empty), empty);
  }
  await record('invalid_idempotency_key', await take(system, step, { 'Idempotency-Key': 'a,b' }));
  await record('body_too_large', await ask({ ...good, text: ' '.repeat(2 ** 21) }));
  await record('unsupported_encoding', await ask({ ...good, headers: { 'Content-Encoding': 'gzip' } }));
  const key = { 'Idempotency-Key': `example-${step.operationId}` };
  // With nothing in its body, only another route can have used the key.
  const isAlone = step.operationId === 'rebalance';
  await take(
    system,
    isAlone ? { operationId: 'updateCurrencies', body: '{"Rates": {"USD": 1}}' } : step,
    key,
  );
  const another = isAlone ? step : anotherStep(step, { captured, transfer });
  await record('idempotency_key_reused', await take(system, another, key), another);
  return recorded;
}

const ANOTHER = '018f2b1c-0000-7000-8000-000000000000';

/** Another request of the same kind that is as good. */
function anotherStep(step: Step, { captured, transfer }: Pick<Story, 'captured' | 'transfer'>): Step {
  if (step.operationId === 'releaseHold') return { ...step, path: { holdId: captured } };
  if (step.operationId === 'confirmPayout' || step.operationId === 'cancelPayout')
    return { ...step, path: { transactionId: transfer } };
  if (NEEDS_NO_FIELD.has(step.operationId) && step.path?.['webhookId'] !== undefined)
    return { ...step, path: { webhookId: ANOTHER } };
  if (step.operationId === 'revokeKey') return { ...step, path: { keyId: ANOTHER } };
  if (step.operationId === 'closeWallet') return { ...step, path: { walletId: '1' } };
  return { ...step, body: anotherBody(step) };
}

/** A body that means something else, and is as good. */
function anotherBody({ operationId, body = '' }: Step): string {
  if (operationId === 'updateCurrencies') return '{"Rates": {"EUR": 1.1}}';
  if (body === '{}') return '{"Direction":"in"}';
  return body
    .replace(/"Name":"(Jon Snow|Tormund Giantsbane)"/, '"Name":"Ygritte"')
    .replace('"Direction":"out"', '"Direction":"in"')
    .replace('"Direction":"below"', '"Direction":"above"')
    .replace(/"AlertId":"[^"]+"/, `"AlertId":"${ANOTHER}"`)
    .replace(/"MessageId":"[^"]+"/, '"MessageId":"event-7"')
    .replace('in the north', 'in the south')
    .replace('Second": 5', 'Second": 6')
    .replace(/"(Amount|CreditLimit)":/, '$&1')
    .replace('Seconds": 2', 'Seconds": 1');
}

/** Makes the key that is limited, and has it wait for long, whatever the clock says. */
export async function exhaustLimit(sql: Sql): Promise<void> {
  await createKey(sql, LIMITED, { name: 'limited', scopes: ['admin'], limit: 1 });
  await sql`
    INSERT INTO api_key_limits (api_key_id, next_at) VALUES (${LIMITED}::uuid, now() + interval '1 day')
    ON CONFLICT (api_key_id) DO UPDATE SET next_at = excluded.next_at`;
}
