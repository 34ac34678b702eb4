import {
  GetSecretValueCommand,
  SecretsManagerClient,
  SecretsManagerServiceException,
} from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { databaseUrl } from '../runtime/config.ts';
import { parseOrUndefined } from '../wire/json.ts';
import { boundedInTime } from './client.ts';

/** As RDS keeps a password that it manages. */
const credentials = z.object({ username: z.string().min(1), password: z.string().min(1) });

/** Milliseconds to connect to, and to wait for, Secrets Manager; and how often, as a deployment waits for it. */
const DEPLOYMENT_BOUNDS = { connectMs: 2_000, requestMs: 5_000, attempts: 5 };

/** The same while a request waits: with the connection to the database it has ten seconds. */
const REQUEST_BOUNDS = { connectMs: 1_000, requestMs: 2_000, attempts: 2 };

/**
 * Reads a user's name and password that RDS keeps in Secrets Manager.
 *
 * @param arn the secret's ARN
 * @throws Error where the secret can't be read or holds something else, which is not told
 */
export async function readCredentials(arn: string): Promise<{ username: string; password: string }> {
  const parsed = credentials.safeParse(parseOrUndefined(await readSecret(arn, DEPLOYMENT_BOUNDS)));
  if (!parsed.success) throw new Error(`the secret ${arn} holds no username and password`);
  return parsed.data;
}

/**
 * Reads the URL of a database.
 *
 * @param secret its name or ARN
 * @throws Error where the secret can't be read or holds something else, which is not told; with `code`
 *   SECRET_UNREACHABLE if another try may succeed
 */
export async function readDatabaseUrl(secret: string): Promise<string> {
  // A secret that was made from a file ends with a line break.
  const parsed = databaseUrl.safeParse((await readSecret(secret, REQUEST_BOUNDS)).trim());
  if (parsed.success) return parsed.data;
  throw new Error(
    `the secret ${secret} takes a URL such as postgres://user:password@host:5432/database; what it holds is not shown`,
  );
}

async function readSecret(id: string, bounds: Parameters<typeof boundedInTime>[0]): Promise<string> {
  const client = new SecretsManagerClient(boundedInTime(bounds));
  try {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: id }));
    return SecretString;
  } catch (error) {
    if (isFinal(error)) throw error;
    throw Object.assign(new Error('Secrets Manager does not answer', { cause: error }), {
      code: 'SECRET_UNREACHABLE',
    });
  } finally {
    client.destroy();
  }
}

/** Whether another try would get the same answer, such as that the function may not read the secret. */
const isFinal = (error: unknown): boolean =>
  error instanceof SecretsManagerServiceException &&
  error.$fault === 'client' &&
  error.name !== 'ThrottlingException';
