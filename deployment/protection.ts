import {
  CloudFormationClient,
  DescribeStacksCommand,
  type Stack,
  UpdateStackCommand,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import { ref, type Serverless, type Template } from './serverless.ts';
import type { Settings } from './settings.ts';
import { isMissingStack, messageOf, resourcesOf, stackName, withClient } from './stack.ts';

/** The database's cluster, and the stack's parameter that turns its deletion protection on. */
const CLUSTER = 'DatabaseCluster';
const PARAMETER = 'DatabaseProtection';

/** Turning the protection on changes one setting of the cluster, which takes a minute or two. */
const MAX_WAIT_SECONDS = 600;
const MIN_PAUSE_SECONDS = 2;

/**
 * With `keepData`, the stack can't be deleted, nor can its cluster, and a snapshot stays if that happens all the same;
 * otherwise nothing stays. The cluster's protection is a parameter of the stack, so a rollback restores it with the template.
 */
export function protect(template: Template, { database, keepData }: Settings): void {
  const cluster = template.Resources[CLUSTER];
  if (database !== 'aurora' || cluster === undefined) return;
  const policy = keepData ? 'Snapshot' : 'Delete';
  Object.assign(cluster, { DeletionPolicy: policy, UpdateReplacePolicy: policy });
  cluster.Properties['DeletionProtection'] = keepData ? ref(PARAMETER) : false;
  if (!keepData) return;
  const Description =
    'Whether the database is protected from deletion; false until its first deployment is complete';
  template.Parameters = {
    ...template.Parameters,
    [PARAMETER]: { Type: 'String', AllowedValues: ['true', 'false'], Default: 'true', Description },
  };
}

/**
 * Leaves the cluster unprotected while a deployment creates it: CloudFormation could not delete a protected one if a later
 * resource failed, and the next deployment would be refused, since its name is taken.
 */
export async function protectOnceCreated(serverless: Serverless, settings: Settings): Promise<void> {
  if (settings.database !== 'aurora' || !settings.keepData) return;
  const exists = (await resourcesOf(serverless)).has(CLUSTER);
  serverless.service.provider.stackParameters = [{ ParameterKey: PARAMETER, ParameterValue: String(exists) }];
}

/**
 * Turns the cluster's protection on if a deployment has just created it.
 *
 * @throws Error with the command that does it, if that fails
 */
export async function protectNow(serverless: Serverless, settings: Settings): Promise<void> {
  if (settings.database !== 'aurora' || !settings.keepData) return;
  await withClient(serverless, CloudFormationClient, async (client) => {
    const StackName = stackName(serverless);
    try {
      const stack = await describe(client, StackName);
      if (protectionOf(stack) !== 'false') return;
      await client.send(
        new UpdateStackCommand({
          StackName,
          UsePreviousTemplate: true,
          Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
          Parameters: [{ ParameterKey: PARAMETER, ParameterValue: 'true' }],
        }),
      );
      await waitUntilStackUpdateComplete(
        { client, maxWaitTime: MAX_WAIT_SECONDS, minDelay: MIN_PAUSE_SECONDS },
        { StackName },
      );
      console.log('The database is protected from deletion now.');
    } catch (error) {
      throw new serverless.classes.Error(
        `The stack is deployed, but ITS DATABASE IS NOT PROTECTED FROM DELETION: ${messageOf(error)}. ` +
          `The next deployment tries again; or run this now:\n\n  ${switchCommand(serverless, true)}`,
        'MY_LITTLE_PS_PROTECTION',
      );
    }
  });
}

/**
 * Stops a removal before it deletes anything, if the stack or its cluster is protected.
 *
 * @throws Error with the commands that end the protection
 */
export async function refuseIfProtected(serverless: Serverless): Promise<void> {
  await withClient(serverless, CloudFormationClient, async (client) => {
    const stack = await describe(client, stackName(serverless));
    const isClusterProtected = protectionOf(stack) === 'true';
    if (stack?.EnableTerminationProtection !== true && !isClusterProtected) return;
    const region = serverless.getProvider('aws').getRegion();
    const commands = [
      `aws cloudformation update-termination-protection --no-enable-termination-protection --region ${region} --stack-name ${stackName(serverless)}`,
      ...(isClusterProtected ? [switchCommand(serverless, false)] : []),
    ];
    throw new serverless.classes.Error(
      `The stack ${stackName(serverless)} keeps its data (keepData), so nothing was removed. To remove it on purpose and keep a ` +
        `snapshot of the database, run\n\n  ${commands.join('\n  ')}\n\nwait until the stack is updated, and run remove again. ` +
        'To keep nothing, deploy with --param keepData=false instead, and run remove again.',
      'MY_LITTLE_PS_PROTECTION',
    );
  });
}

function switchCommand(serverless: Serverless, on: boolean): string {
  const region = serverless.getProvider('aws').getRegion();
  return (
    `aws cloudformation update-stack --use-previous-template --capabilities CAPABILITY_NAMED_IAM --region ${region} ` +
    `--stack-name ${stackName(serverless)} --parameters ParameterKey=${PARAMETER},ParameterValue=${on}`
  );
}

const protectionOf = (stack: Stack | undefined): string | undefined =>
  stack?.Parameters?.find(({ ParameterKey }) => ParameterKey === PARAMETER)?.ParameterValue;

async function describe(client: CloudFormationClient, StackName: string): Promise<Stack | undefined> {
  try {
    return (await client.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
  } catch (error) {
    if (isMissingStack(error)) return undefined;
    throw error;
  }
}
