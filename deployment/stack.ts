import type { Serverless } from './serverless.ts';

/** CloudFormation has no separate error code for a missing stack. */
export function isMissingStack(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message);
}

/** The ids of the stack's resources by their names in the template, without deleted ones; empty if there is no stack. */
export async function resourcesOf(serverless: Serverless): Promise<ReadonlyMap<string, string>> {
  const resources = await serverless
    .getProvider('aws')
    .getStackResources()
    .catch((error: unknown) => {
      if (isMissingStack(error)) return [];
      throw error;
    });
  return new Map(
    resources.flatMap(({ LogicalResourceId, PhysicalResourceId, ResourceStatus }) =>
      LogicalResourceId && PhysicalResourceId && ResourceStatus !== 'DELETE_COMPLETE'
        ? [[LogicalResourceId, PhysicalResourceId] as const]
        : [],
    ),
  );
}

/** The stack's name: `my-little-ps-dev`. */
export const stackName = (serverless: Serverless): string =>
  `${serverless.service.service}-${serverless.getProvider('aws').getStage()}`;

/** Uses a client of AWS with the deployer's credentials and region, and closes it. */
export async function withClient<Client extends { destroy(): void }, T>(
  serverless: Serverless,
  Client: new (config: Record<string, unknown>) => Client,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client(await serverless.getProvider('aws').getAwsSdkV3Config());
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
