import { SCOPES } from '../lib/access/api-key.ts';
import { type KeyCommand, keyCommand } from '../lib/access/api-key-commands.ts';
import { MAX_REQUESTS_PER_SECOND } from '../lib/access/rate-limit.ts';
import { DEFAULT_BASE_PORT } from '../localstack/addresses.ts';
import type { Command, Values } from './cli.ts';
import { DEFAULT_REGION, PORT_OR_STAGE, readDatabaseOrStage } from './target.ts';

const HELP = `Makes, lists and revokes the API keys that callers send as "Authorization: Bearer <key>".

  npm run keys -- create --name NAME --scopes SCOPE,SCOPE [--owner NAME] [--expires WHEN]
                          [--limit N]
  npm run keys -- list
  npm run keys -- revoke ID

  --name NAME     whose key it is, 1 to 100 characters
  --scopes A,B    what it is good for: ${SCOPES.join(', ')} (all of them)
  --owner NAME    within whose requests a Reference is unique: the same as that of the key which it replaces (default: its
                  name)
  --expires WHEN  in so many days (90d), or at a time in RFC 3339 (2027-01-31T12:00:00Z); never without it
  --limit N       at most N requests a second, 1 to ${MAX_REQUESTS_PER_SECOND}; as many as it likes without it
  --port N        the port that npm start was given (default ${DEFAULT_BASE_PORT})
  --stage STAGE   the keys of a deployed stage, through its function "keys"; the AWS SDK's own variables say with which
                  rights
  --region NAME   of that stage (default AWS_REGION, or else ${DEFAULT_REGION})
  -h, --help      this text

Instead of --port and --stage, DATABASE_URL names the database where it is set. The exit code is 0 where it was done, 1
where it was not, 2 where the options were wrong.
`;

const DAY_MS = 24 * 60 * 60 * 1_000;

export interface KeysOptions {
  readonly command: KeyCommand;
  /** Where the keys are. */
  readonly target: ReturnType<typeof readDatabaseOrStage>;
}

const OPTIONS = {
  name: { type: 'string' },
  scopes: { type: 'string' },
  owner: { type: 'string' },
  expires: { type: 'string' },
  limit: { type: 'string' },
  ...PORT_OR_STAGE,
} as const;

type KeyValues = Values<typeof OPTIONS>;

/**
 * How the command line of `npm run keys` is read.
 *
 * @param nowMs the time, in milliseconds since 1970, that days count from
 */
export function keysOptions(nowMs: number): Omit<Command<typeof OPTIONS, KeysOptions>, 'run'> {
  return {
    script: 'npm run keys',
    help: HELP,
    options: OPTIONS,
    takesWords: true,
    read: (values, words) => ({
      command: readCommand(words, values, nowMs),
      target: readDatabaseOrStage(values),
    }),
  };
}

function readCommand([name, ...rest]: readonly string[], values: KeyValues, nowMs: number): KeyCommand {
  if (name === 'create') {
    refuseExtra(name, rest);
    return readCreate(values, nowMs);
  }
  for (const option of ['name', 'scopes', 'owner', 'expires', 'limit'] as const) {
    if (values[option] !== undefined) throw new Error(`--${option} goes with create alone.`);
  }
  if (name === 'list') {
    refuseExtra(name, rest);
    return { command: 'list' };
  }
  if (name === 'revoke') {
    const [id, ...extra] = rest;
    refuseExtra('revoke ID', extra);
    const command = keyCommand.safeParse({ command: 'revoke', id });
    if (command.success) return command.data;
    throw new Error(
      `revoke takes the id that list shows, a UUID, ${id === undefined ? 'and got none' : `not "${id}"`}.`,
    );
  }
  throw new Error(`The command is create, list or revoke${name === undefined ? '' : `, not "${name}"`}.`);
}

function refuseExtra(command: string, [extra]: readonly string[]): void {
  if (extra !== undefined) throw new Error(`Nothing follows ${command}, but here "${extra}" does.`);
}

function readCreate({ name, scopes, owner, expires, limit }: KeyValues, nowMs: number): KeyCommand {
  if (name === undefined) throw new Error('create needs --name: whose key it is.');
  if (scopes === undefined) throw new Error(`create needs --scopes, some of ${SCOPES.join(', ')}.`);
  const unknown = scopes.split(',').find((scope) => !(SCOPES as readonly string[]).includes(scope));
  if (unknown !== undefined) {
    throw new Error(`--scopes takes some of ${SCOPES.join(', ')}, with commas between, not "${unknown}".`);
  }
  if (limit !== undefined && !(/^[1-9]\d{0,4}$/.test(limit) && Number(limit) <= MAX_REQUESTS_PER_SECOND)) {
    throw new Error(`--limit takes a number from 1 to ${MAX_REQUESTS_PER_SECOND}, not "${limit}".`);
  }
  const command = keyCommand.safeParse({
    command: 'create',
    name,
    scopes: [...new Set(scopes.split(','))],
    ...(owner === undefined ? {} : { owner }),
    ...(expires === undefined ? {} : { expiresAt: readExpiry(expires, nowMs) }),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
  });
  if (command.success) return command.data;
  const [problem] = command.error.issues;
  throw new Error(
    `--${problem?.path.join('.')} ${problem?.message}, not "${problem?.path[0] === 'owner' ? owner : name}".`,
  );
}

function readExpiry(text: string, nowMs: number): string {
  const days = /^([1-9]\d{0,3})d$/.exec(text)?.[1];
  const at = days === undefined ? Date.parse(text) : nowMs + Number(days) * DAY_MS;
  if (days === undefined && (!RFC_3339.test(text) || Number.isNaN(at))) {
    throw new Error(
      `--expires takes days from 1d to 9999d or a time such as 2027-01-31T12:00:00Z, not "${text}".`,
    );
  }
  if (at <= nowMs) throw new Error(`--expires takes a time in the future, not "${text}".`);
  return new Date(at).toISOString();
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;
