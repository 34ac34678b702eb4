import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { parseOrUndefined } from '../wire/json.ts';
import { boundedInTime } from './client.ts';

/** As RDS keeps a password that it manages. */
const credentials = z.object({ username: z.string().min(1), password: z.string().min(1) });

/** Milliseconds to connect to, and to wait for, Secrets Manager; and how often, as a deployment waits for it. */
const BOUNDS = { connectMs: 2_000, requestMs: 5_000, attempts: 5 };

/**
 * Reads a user's name and password that RDS keeps in Secrets Manager.
 *
 * @param arn the secret's ARN
 * @throws Error where the secret can't be read or holds something else, which is not told
 */
export async function readCredentials(arn: string): Promise<{ username: string; password: string }> {
  const client = new SecretsManagerClient(boundedInTime(BOUNDS));
  try {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    const parsed = credentials.safeParse(parseOrUndefined(SecretString));
    if (!parsed.success) throw new Error(`the secret ${arn} holds no username and password`);
    return parsed.data;
  } finally {
    client.destroy();
  }
}
