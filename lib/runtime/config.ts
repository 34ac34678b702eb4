import * as z from 'zod';
import type { AuroraAddress } from '../postgres/aurora-sign-in.ts';

/** The most wallet groups: what the balancer's typed arrays and one SQS queue serve with ease. */
export const MAX_WALLET_GROUPS = 1_000;

type Environment = Readonly<Record<string, string | undefined>>;

interface Setting<T> {
  readonly takes: string;
  /** The variable that it is read from, if it has another name. */
  readonly variable?: string;
  /** What of the environment it is, if it is more than that variable. */
  readonly read?: (environment: Environment) => unknown;
  /** A secret's value is never shown. */
  readonly secret?: boolean;
  readonly schema: z.ZodType<T>;
}

const url = (protocol: RegExp) => z.url({ protocol });

/** A database's URL, with a host. */
export const databaseUrl = url(/^postgres(ql)?$/).regex(/^\w+:\/\/[^/]/);

/** A secret of AWS Secrets Manager that holds a database's URL. */
interface UrlSecret {
  /** Its name or ARN. */
  readonly secret: string;
}

const urlSecret = z
  .object({ DATABASE_SECRET: z.string().regex(/^[\w/+=.@:-]{1,2048}$/) })
  .transform(({ DATABASE_SECRET }): UrlSecret => ({ secret: DATABASE_SECRET }));

/** What says where the database is on Aurora: no password, so nothing secret. */
const aurora = z
  .object({
    DATABASE_HOST: z.hostname(),
    DATABASE_PORT: z.coerce.number().int().min(1).max(65_535).default(5432),
    DATABASE_NAME: z.string().min(1),
    DATABASE_USER: z.string().min(1),
  })
  .transform(
    ({ DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, DATABASE_USER }): AuroraAddress => ({
      ...{ host: DATABASE_HOST, port: DATABASE_PORT, database: DATABASE_NAME, user: DATABASE_USER },
    }),
  );

/**
 * Whether a queue is where requests about it are sent. The SDK follows a queue's URL in one setting and the endpoint in
 * another, and each leads to a queue of that name: two addresses would be two queues.
 *
 * @param endpoint of SQS, where one is given
 */
export function isAtAddress(queueUrl: string | undefined, endpoint: string | undefined): boolean {
  const [queue, given] = [URL.parse(queueUrl ?? ''), URL.parse(endpoint ?? '')];
  return queue === null || !endpoint || queue.origin === given?.origin;
}

const SETTINGS = {
  database: {
    variable: 'DATABASE_URL',
    takes:
      'a URL such as postgres://user:password@host:5432/database (or DATABASE_SECRET says under which name Secrets Manager has it; or DATABASE_HOST, DATABASE_NAME and DATABASE_USER say where to sign in with an AWS identity)',
    secret: true,
    read: ({ DATABASE_URL, DATABASE_SECRET, ...environment }) => {
      if (DATABASE_URL) return DATABASE_URL;
      if (DATABASE_SECRET) return { DATABASE_SECRET };
      return environment['DATABASE_HOST'] === undefined ? DATABASE_URL : environment;
    },
    schema: z.union([databaseUrl, urlSecret, aurora]),
  } satisfies Setting<string | UrlSecret | AuroraAddress>,
  DATABASE_MASTER_SECRET: {
    takes: "the ARN of the secret with the database owner's name and password, where one is needed",
    schema: z.string().regex(/^arn:/).optional(),
  } satisfies Setting<string | undefined>,
  DATABASE_VERSION: {
    takes: 'the version that a deployment wants the database to have, where one does',
    schema: z.string().optional(),
  } satisfies Setting<string | undefined>,
  QUEUE_URL: {
    takes:
      'the URL of the operations queue, an SQS FIFO queue, such as https://sqs.eu-central-1.amazonaws.com/1/x.fifo, at the address of AWS_ENDPOINT_URL_SQS if that is set',
    read: ({ QUEUE_URL, AWS_ENDPOINT_URL_SQS }) =>
      isAtAddress(QUEUE_URL, AWS_ENDPOINT_URL_SQS) ? QUEUE_URL : undefined,
    schema: url(/^https?$/).regex(/\.fifo$/),
  } satisfies Setting<string>,
  DEAD_LETTER_QUEUE_URL: {
    takes: 'the URL of its dead-letter queue, an SQS FIFO queue too',
    schema: url(/^https?$/).regex(/\.fifo$/),
  } satisfies Setting<string>,
  EVENT_BUS_NAME: {
    takes:
      'the name or ARN of an EventBridge bus, 1 to 1600 characters; with it, EVENTS may be "on", or "off" if nobody listens',
    read: ({ EVENT_BUS_NAME, EVENTS = 'on' }) =>
      EVENTS === 'off' ? null : EVENTS === 'on' ? EVENT_BUS_NAME : undefined,
    schema: z
      .string()
      .regex(/^[\w./:-]{1,1600}$/)
      .nullable(),
  } satisfies Setting<string | null>,
  REPORTS_BUCKET: {
    takes: 'the name of an S3 bucket, 3 to 63 lower-case letters, digits, dots and dashes',
    schema: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
  } satisfies Setting<string>,
  WEBHOOK_POSTS_QUEUE_URL: {
    takes: 'the URL of the queue of what is to be posted to webhooks, an SQS standard queue',
    schema: url(/^https?$/),
  } satisfies Setting<string>,
  WEBHOOK_RESULTS_QUEUE_URL: {
    takes: 'the URL of the queue of what came of these posts, an SQS standard queue too',
    schema: url(/^https?$/),
  } satisfies Setting<string>,
  WEBHOOK_ADDRESSES: {
    takes: '"public", or "local" on a system of one machine, whose webhooks may then be on it',
    schema: z.enum(['public', 'local']),
  } satisfies Setting<'public' | 'local'>,
  WALLET_GROUPS: {
    takes: `a whole number from 1 to ${MAX_WALLET_GROUPS}`,
    schema: z
      .stringFormat('digits', /^\d{1,4}$/)
      .transform(Number)
      .pipe(z.int().min(1).max(MAX_WALLET_GROUPS)),
  } satisfies Setting<number>,
  API_KEYS: {
    takes: '"required", or "off" on a system that only its owner reaches',
    schema: z.enum(['required', 'off']),
  } satisfies Setting<'required' | 'off'>,
};

type Settings = typeof SETTINGS;

export type SettingName = keyof Settings;

/** Settings by name, as they are read. */
export type Config<K extends SettingName = SettingName> = {
  readonly [N in K]: z.infer<Settings[N]['schema']>;
};

/**
 * Reads the settings a function needs from the environment, once, at its start.
 *
 * @returns the settings by name
 * @throws Error naming each variable that is missing or wrong, what it got (unless a secret) and what it takes
 */
export function readConfig<K extends SettingName>(
  names: readonly K[],
  environment: Environment = process.env,
): Config<K> {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const name of names) {
    const setting: Setting<unknown> = SETTINGS[name];
    const variable = setting.variable ?? name;
    const value = environment[variable];
    const parsed = setting.schema.safeParse(setting.read ? setting.read(environment) : value);
    if (parsed.success) config[name] = parsed.data;
    else problems.push(`${variable} takes ${setting.takes}; it ${got(value, setting.secret ?? false)}.`);
  }
  if (problems.length > 0) throw new Error(problems.join(' '));
  return config as Config<K>;
}

function got(value: string | undefined, secret: boolean): string {
  if (value === undefined || value === '') return 'is not set';
  return secret
    ? 'got something else, not shown here as it may hold a password'
    : `got "${value.slice(0, 200)}"`;
}
