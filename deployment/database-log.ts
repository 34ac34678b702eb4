import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Serverless } from './serverless.ts';
import type { Settings } from './settings.ts';
import { messageOf, resourcesOf, stackName, withClient } from './stack.ts';

/** The database's log group in deployment/database.yml. */
const LOG = 'DatabaseLog';

const nameOf = (serverless: Serverless): string => `/aws/rds/cluster/${stackName(serverless)}/postgresql`;

const deletion = (serverless: Serverless): string =>
  `aws logs delete-log-group --region ${serverless.getProvider('aws').getRegion()} --log-group-name ${nameOf(serverless)}`;

/**
 * Checks that the database's log group can be created. RDS may write the group anew while a cluster is deleted, after
 * CloudFormation has deleted it; then CloudFormation refuses the next deployment. If the groups can't be listed, this warns.
 *
 * @throws Error with the command that deletes the group
 */
export async function checkDatabaseLog(serverless: Serverless, { database }: Settings): Promise<void> {
  if (database !== 'aurora' || (await resourcesOf(serverless)).has(LOG)) return;
  const exists = await withClient(serverless, CloudWatchLogsClient, async (client) => {
    const command = new DescribeLogGroupsCommand({ logGroupNamePrefix: nameOf(serverless) });
    const { logGroups = [] } = await client.send(command);
    return logGroups.some(({ logGroupName }) => logGroupName === nameOf(serverless));
  }).catch((error: unknown) => {
    console.warn(`The log groups are not checked: ${messageOf(error)} (the right logs:DescribeLogGroups).`);
    return false;
  });
  if (!exists) return;
  throw new serverless.classes.Error(
    `The log group ${nameOf(serverless)} is left from an earlier database, and CloudFormation refuses to create it again. ` +
      `Once you don't need its lines, delete it and deploy again:\n\n  ${deletion(serverless)}`,
    'MY_LITTLE_PS_LOG_GROUP',
  );
}

/** Deletes the log group after a removal, if RDS has written it anew. A failure is printed: the stack is removed by then. */
export async function deleteDatabaseLog(
  serverless: Serverless,
  { database, keepData }: Settings,
): Promise<void> {
  if (database !== 'aurora' || keepData) return;
  await withClient(serverless, CloudWatchLogsClient, (client) =>
    client.send(new DeleteLogGroupCommand({ logGroupName: nameOf(serverless) })),
  ).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return;
    console.error(
      `The database's log group may be left: ${messageOf(error)}. Delete it:\n\n  ${deletion(serverless)}\n`,
    );
  });
}
