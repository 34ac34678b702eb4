import * as z from 'zod';

/** The most wallet groups: what the balancer's typed arrays and one SQS queue serve with ease. */
export const MAX_WALLET_GROUPS = 1_000;

interface Setting<T> {
  readonly takes: string;
  /** A secret's value is never shown. */
  readonly secret?: boolean;
  readonly schema: z.ZodType<T>;
}

const url = (protocol: RegExp) => z.url({ protocol });

const SETTINGS = {
  DATABASE_URL: {
    takes: 'a URL such as postgres://user:password@host:5432/database',
    secret: true,
    schema: url(/^postgres(ql)?$/).regex(/^\w+:\/\/[^/]/),
  } satisfies Setting<string>,
  QUEUE_URL: {
    takes:
      'the URL of the operations queue, an SQS FIFO queue, such as https://sqs.eu-central-1.amazonaws.com/1/x.fifo',
    schema: url(/^https?$/).regex(/\.fifo$/),
  } satisfies Setting<string>,
  EVENT_BUS_NAME: {
    takes: 'the name or ARN of an EventBridge bus, 1 to 1600 characters',
    schema: z.string().regex(/^[\w./:-]{1,1600}$/),
  } satisfies Setting<string>,
  WALLET_GROUPS: {
    takes: `a whole number from 1 to ${MAX_WALLET_GROUPS}`,
    schema: z
      .stringFormat('digits', /^\d{1,4}$/)
      .transform(Number)
      .pipe(z.int().min(1).max(MAX_WALLET_GROUPS)),
  } satisfies Setting<number>,
};

type Settings = typeof SETTINGS;
type Config<K extends keyof Settings> = { readonly [N in K]: z.infer<Settings[N]['schema']> };

/**
 * Reads the settings a function needs from the environment, once, at its start.
 *
 * @returns the settings by name
 * @throws Error naming each variable that is missing or wrong, what it got (unless a secret) and what it takes
 */
export function readConfig<K extends keyof Settings>(
  names: readonly K[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Config<K> {
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const name of names) {
    const setting: Setting<unknown> = SETTINGS[name];
    const value = environment[name];
    const parsed = setting.schema.safeParse(value);
    if (parsed.success) config[name] = parsed.data;
    else problems.push(`${name} takes ${setting.takes}; it ${got(value, setting.secret ?? false)}.`);
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
