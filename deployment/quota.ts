import {
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { connectionLimit } from './connections.ts';
import type { FunctionConfig, Serverless } from './serverless.ts';
import type { Settings } from './settings.ts';
import { messageOf, withClient } from './stack.ts';

/** Concurrent executions that Lambda keeps unreserved, for the functions without a reservation. */
const KEPT_UNRESERVED = 100;

/** Functions asked about at the same time; Lambda takes 15 such requests a second. */
const BATCH_FUNCTIONS = 5;

/** Concurrent executions of an account in a region. */
interface Account {
  readonly quota: number;
  readonly unreserved: number;
}

/**
 * Checks the account's quota of concurrent executions before anything is built: CloudFormation would find out after the
 * database is created. If the account can't be asked, it only warns.
 *
 * @throws Error with the numbers, the quota to request and the parameters that help
 */
export async function checkQuota(serverless: Serverless, settings: Settings): Promise<void> {
  const refusal = await withClient(serverless, LambdaClient, (client) =>
    refusalOf(serverless, settings, client),
  ).catch((error: unknown) => {
    console.warn(
      `The quota of concurrent executions is not checked: ${messageOf(error)} ` +
        '(it takes lambda:GetAccountSettings and lambda:GetFunctionConcurrency).',
    );
    return undefined;
  });
  if (refusal !== undefined) throw new serverless.classes.Error(refusal, 'MY_LITTLE_PS_QUOTA');
}

async function refusalOf(
  serverless: Serverless,
  settings: Settings,
  client: LambdaClient,
): Promise<string | undefined> {
  const { quota, unreserved } = await accountOf(client);
  if (!settings.reservations) return warnOfConnections(settings, quota);
  const functions = Object.values(serverless.service.functions);
  const wanted = functions.reduce((sum, { reservedConcurrency = 0 }) => sum + reservedConcurrency, 0);
  if (unreserved - wanted >= KEPT_UNRESERVED) return undefined;
  // A deployed stage has reservations already; the new ones replace them.
  const free = unreserved + (await reservedBy(client, functions));
  if (free - wanted >= KEPT_UNRESERVED) return undefined;
  return (
    `The functions reserve ${wanted} concurrent executions, and ${KEPT_UNRESERVED} have to stay unreserved, but the account has ` +
    `${free} for them in ${serverless.getProvider('aws').getRegion()} (its quota is ${quota}). Ask for a quota of ` +
    `${quota - free + wanted + KEPT_UNRESERVED} or more (Service Quotas, AWS Lambda, "Concurrent executions"); until then deploy with ` +
    '--param reservations=false, or with a lower busyConcurrency, quietConcurrency or processorConcurrency.'
  );
}

async function accountOf(client: LambdaClient): Promise<Account> {
  const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}));
  const { ConcurrentExecutions: quota, UnreservedConcurrentExecutions: unreserved } = AccountLimit ?? {};
  if (quota === undefined || unreserved === undefined) throw new Error('Lambda names no limits');
  return { quota, unreserved };
}

/** What the deployed functions of this stage reserve. A function that does not exist yet reserves nothing. */
async function reservedBy(client: LambdaClient, functions: readonly FunctionConfig[]): Promise<number> {
  let sum = 0;
  for (let start = 0; start < functions.length; start += BATCH_FUNCTIONS) {
    const batch = functions.slice(start, start + BATCH_FUNCTIONS);
    const reserved = await Promise.all(batch.map(({ name }) => reservationOf(client, name)));
    sum += reserved.reduce((total, one) => total + one, 0);
  }
  return sum;
}

async function reservationOf(client: LambdaClient, FunctionName: string): Promise<number> {
  try {
    const { ReservedConcurrentExecutions = 0 } = await client.send(
      new GetFunctionConcurrencyCommand({ FunctionName }),
    );
    return ReservedConcurrentExecutions;
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return 0;
    throw error;
  }
}

/** Without reservations the quota is all that bounds the connections: one of each instance, two of a processor. */
function warnOfConnections(settings: Settings, quota: number): undefined {
  if (settings.database !== 'aurora') return;
  const limit = connectionLimit(settings);
  const connections = quota + settings.processorConcurrency;
  if (connections <= limit) return;
  console.warn(
    `Without reservations only the account's quota bounds the functions' connections: ${connections}, but ${settings.maxCapacity} capacity units ` +
      `serve ${limit}. In a burst beyond that, requests get 503. Deploy with --param reservations=true to bound them.`,
  );
}
