import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alarmResources } from './alarms.ts';
import { checkConnections } from './connections.ts';
import { dashboard } from './dashboard.ts';
import { emptyReports } from './empty-bucket.ts';
import { printFirstKey } from './first-key.ts';
import { environmentOf, isInNetwork, NEEDS, needsOf, networkOf, roleOf } from './needs.ts';
import { type Cfn, getAtt, type Serverless } from './serverless.ts';
import { readSettings, type Settings } from './settings.ts';

/** The function that migrates, and the resource that has it run; everything else waits for it. */
const MIGRATE = 'migrate';
const MIGRATION = 'DatabaseMigration';

/** How often EventBridge tries to reach a function, and for how many seconds, until it is a dead letter. */
const RULE_RETRIES = { MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 3_600 };

/**
 * The part of the deployment that YAML can't say: it reads the parameters, gives each function the role, settings, network
 * and concurrency that it needs, leaves out what a stage does not have, and adds alarms and dashboard. The stage `local`
 * gets its settings only.
 */
export default function stack(serverless: Serverless): { hooks: Record<string, () => unknown> } {
  serverless.configSchemaHandler.defineFunctionProperties('aws', {
    properties: { needs: { type: 'array', items: { enum: [...NEEDS] }, uniqueItems: true } },
  });
  let settings: Settings | undefined;
  const read = () => {
    settings ??= readSettings(serverless, serverless.getProvider('aws').getStage());
    return settings;
  };
  return {
    hooks: {
      initialize: () => {
        try {
          prepare(serverless, read());
        } catch (error) {
          if (!(error instanceof Error)) throw error;
          throw new serverless.classes.Error(error.message, 'MY_LITTLE_PS_DEPLOYMENT');
        }
      },
      'after:aws:package:finalize:mergeCustomProviderResources': () => complete(serverless, read()),
      'after:deploy:deploy': () => printFirstKey(serverless),
      'before:remove:remove': () => emptyReports(serverless),
    },
  };
}

/** Before anything is made of serverless.yml. */
function prepare(serverless: Serverless, settings: Settings): void {
  const { service } = serverless;
  const isLocal = settings.database === 'local';
  for (const [name, config] of Object.entries(service.functions)) {
    const needs = needsOf(name, config);
    const inNetwork = !isLocal && isInNetwork(needs, settings);
    const network = inNetwork ? networkOf(settings) : undefined;
    config.environment = {
      ...environmentOf(needs, settings),
      ...network?.environment,
      ...config.environment,
    };
    if (isLocal) continue;
    if (network !== undefined) config.vpc = network.vpc;
    config.role = roleName(serverless, name);
    config.dependsOn = [...(config.dependsOn ?? []), ...waitsFor(name, settings)];
    if (settings.reservations && needs.includes('database'))
      config.reservedConcurrency ??= settings.quietConcurrency;
    if (!settings.reservations) config.reservedConcurrency = undefined;
  }
  const parts = service.custom['parts'] as Record<string, { Resources: Cfn; Outputs?: Cfn }>;
  if (isLocal) service.resources = {};
  else {
    for (const name of partsOf(settings)) merge(service.resources, parts[name]);
    if (settings.database === 'aurora' && settings.reservations)
      checkConnections(settings, service.functions);
  }
  delete service.custom['parts'];
}

function roleName(serverless: Serverless, name: string): string {
  return `${serverless.getProvider('aws').naming.getNormalizedFunctionName(name)}Role`;
}

function waitsFor(name: string, { database }: Settings): string[] {
  if (name !== MIGRATE) return [MIGRATION];
  return database === 'aurora' ? ['DatabaseWriter', 'FunctionsToDatabase', 'DatabaseFromFunctions'] : [];
}

/** The files that this stage has; serverless.yml names them under `custom.parts`. */
function partsOf({ database, egress, standby, alarms }: Settings): string[] {
  const own = ['network', `egress-${egress}`, 'database', ...(standby ? ['database-standby'] : [])];
  return [...(database === 'aurora' ? own : []), ...(alarms ? ['alarm-topic'] : [])];
}

function merge(
  into: Serverless['service']['resources'],
  part: { Resources: Cfn; Outputs?: Cfn } | undefined,
): void {
  into.Resources = { ...into.Resources, ...part?.Resources };
  into.Outputs = { ...into.Outputs, ...part?.Outputs };
}

/** Once the framework has put its template together. */
function complete(serverless: Serverless, settings: Settings): void {
  if (settings.database === 'local') return;
  const { service, serviceDir } = serverless;
  const { Resources } = service.provider.compiledCloudFormationTemplate;
  const name = `${service.service}-${settings.stage}`;
  for (const [key, config] of Object.entries(service.functions)) {
    tidy(Resources[serverless.getProvider('aws').naming.getLambdaLogicalId(key)], roleName(serverless, key));
    Resources[roleName(serverless, key)] = roleOf(
      config,
      needsOf(key, config),
      settings,
    ) as (typeof Resources)[string];
  }
  setVersion(serverless, versionOfDatabase(serviceDir));
  keepUndelivered(Resources);
  protect(Resources, settings);
  restore(Resources, settings);
  waitForWayOut(Resources, settings);
  const watched = {
    settings,
    stack: name,
    namespace: `${service.service}/${settings.stage}`,
    functions: service.functions,
  };
  Object.assign(Resources, { Dashboard: dashboard(watched) });
  if (settings.alarms) Object.assign(Resources, alarmResources(watched));
}

/** Drops the framework's dependency on the role, which the function's reference to it says already. */
function tidy(resource: { DependsOn?: unknown } | undefined, role: string): void {
  if (Array.isArray(resource?.DependsOn))
    resource.DependsOn = resource.DependsOn.filter((name) => name !== role);
}

/** Both ask for and do the same version, unless a deployment is rolled back. */
function setVersion(serverless: Serverless, version: string): void {
  const { Resources } = serverless.service.provider.compiledCloudFormationTemplate;
  const migrate = Resources[serverless.getProvider('aws').naming.getLambdaLogicalId(MIGRATE)];
  const migration = Resources[MIGRATION];
  if (migrate === undefined || migration === undefined)
    throw new Error(`the template lacks ${MIGRATION} or the function ${MIGRATE}`);
  migration.Properties['Version'] = version;
  const { Variables } = migrate.Properties['Environment'] as { Variables: Record<string, unknown> };
  Variables['DATABASE_VERSION'] = version;
}

/** What the migrate function does to the database, as a hash: it runs again when this changes. */
function versionOfDatabase(folder: string): string {
  const migrations = readdirSync(join(folder, 'migrations')).filter((file) => file.endsWith('.sql'));
  const hash = createHash('sha256');
  for (const file of [
    ...migrations.sort().map((name) => join('migrations', name)),
    join('lib', 'postgres', 'application-role.ts'),
  ]) {
    hash.update(`${file}\n`).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex');
}

/** What EventBridge can't hand to a function goes to a queue instead of being dropped. */
function keepUndelivered(
  resources: Serverless['service']['provider']['compiledCloudFormationTemplate']['Resources'],
): void {
  for (const { Type, Properties } of Object.values(resources)) {
    if (Type !== 'AWS::Events::Rule') continue;
    const queue = Properties['ScheduleExpression'] === undefined ? 'FailedEventsQueue' : 'FailedRunsQueue';
    Properties['Targets'] = (Properties['Targets'] as Cfn[]).map((target) => ({
      ...target,
      RetryPolicy: RULE_RETRIES,
      DeadLetterConfig: { Arn: getAtt(queue, 'Arn') },
    }));
  }
}

/** A stage whose data matters keeps its database when the stack goes, as a snapshot; others leave nothing behind. */
function protect(resources: Record<string, unknown>, { database, keepData }: Settings): void {
  if (database !== 'aurora') return;
  const cluster = resources['DatabaseCluster'] as Record<string, unknown> & {
    Properties: Record<string, unknown>;
  };
  const policy = keepData ? 'Snapshot' : 'Delete';
  Object.assign(cluster, { DeletionPolicy: policy, UpdateReplacePolicy: policy });
  cluster.Properties['DeletionProtection'] = keepData;
}

/** A database that begins as a snapshot has its name and its owner from there. */
function restore(resources: Record<string, unknown>, { database, snapshot }: Settings): void {
  if (database !== 'aurora' || snapshot === '') return;
  const { Properties } = resources['DatabaseCluster'] as { Properties: Record<string, unknown> };
  delete Properties['DatabaseName'];
  delete Properties['MasterUsername'];
  Properties['SnapshotIdentifier'] = snapshot;
}

/** The migration asks Secrets Manager and answers CloudFormation, so it needs the ways out. */
function waitForWayOut(resources: Record<string, unknown>, { database, egress }: Settings): void {
  if (database !== 'aurora') return;
  const ways = egress === 'dualstack' ? ['RouteOut', 'FunctionsToAws'] : ['SecretsEndpoint'];
  const migration = resources[MIGRATION] as { DependsOn?: string[] };
  migration.DependsOn = [
    ...ways,
    'S3Endpoint',
    'RoutesOfA',
    'RoutesOfB',
    'FunctionsToDatabase',
    'DatabaseFromFunctions',
    'DatabaseWriter',
  ];
}
