import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TEST_CLIENT } from '../support/aws.ts';
import { pythonPrograms } from '../support/python.ts';
import { makeFolder, removeFolder } from '../support/temp.ts';
import { type Account, type Inventory, startAccount } from './moto.ts';
import { deployer } from './serverless.ts';

const SECRET = 'my-little-ps/database-url';

/** Stages that are deployed and removed, with their parameters. */
const VARIANTS = {
  endpoints: ['egress=endpoints', 'zoneA=eu-central-1b', 'zoneB=eu-central-1c'],
  own: [`databaseUrl=${SECRET}`],
} as const;

type Variant = keyof typeof VARIANTS;

const programs = await pythonPrograms('The deployment of other stages against moto');

describe.skipIf(programs === undefined)('serverless deploy', () => {
  let folder: string;
  let account: Account;
  const deployed = new Map<Variant, Inventory>();
  const removed = new Map<Variant, Inventory>();

  beforeAll(async () => {
    folder = await makeFolder('deploy-variants');
    account = await startAccount(programs ?? '', folder);
    const secrets = new SecretsManagerClient({ ...TEST_CLIENT, endpoint: account.url });
    await secrets.send(
      new CreateSecretCommand({ Name: SECRET, SecretString: 'postgres://me:pw@db.example.com/ps' }),
    );
    secrets.destroy();
    for (const variant of Object.keys(VARIANTS) as Variant[]) {
      const stage = await deployer(folder, account, variant);
      await stage.run('deploy', VARIANTS[variant]);
      deployed.set(variant, await account.inventory(`my-little-ps-${variant}`));
      await stage.run('remove', VARIANTS[variant]);
      removed.set(variant, await account.inventory(`my-little-ps-${variant}`));
    }
  });
  afterAll(async () => {
    await account?.stop();
    await removeFolder(folder);
  });

  test('with egress=endpoints makes a private endpoint for each service, and no way out', () => {
    const { endpoints, clusters } = deployed.get('endpoints') ?? ({} as Inventory);
    expect(endpoints.map((one: any) => one.ServiceName.split('.').at(-1)).toSorted()).toEqual([
      'events',
      's3',
      'secretsmanager',
      'sqs',
    ]);
    expect(clusters).toHaveLength(1);
  });

  test('with zoneA and zoneB makes the subnets there', () => {
    const { subnets } = deployed.get('endpoints') ?? ({} as Inventory);
    expect(subnets.map((one: any) => one.AvailabilityZone).toSorted()).toEqual([
      'eu-central-1b',
      'eu-central-1c',
    ]);
  });

  test('with databaseUrl makes neither a database nor a network', () => {
    const own = deployed.get('own') ?? ({} as Inventory);
    expect([own['clusters'], own['networks'], own['endpoints']]).toEqual([[], [], []]);
    expect(own['functions'].length).toBeGreaterThanOrEqual(27);
  });

  test.each(Object.keys(VARIANTS) as Variant[])('the stage %s is removed completely', (variant) => {
    const { stacks, ...rest } = removed.get(variant) ?? ({} as Inventory);
    expect(stacks.filter((stack: any) => stack.StackStatus !== 'DELETE_COMPLETE')).toEqual([]);
    expect(Object.entries(rest).filter(([, items]) => Object.keys(items).length > 0)).toEqual([]);
  });
});
