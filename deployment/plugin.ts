import { alarmResources } from './alarms.ts';
import { checkConnections } from './connections.ts';
import { allowOrigins } from './cors.ts';
import { dashboard } from './dashboard.ts';
import { checkDatabaseLog, deleteDatabaseLog } from './database-log.ts';
import { emptyReports } from './empty-bucket.ts';
import { printFirstKey } from './first-key.ts';
import { databaseRoleOf, environmentOf, isInNetwork, NEEDS, needsOf, networkOf, roleOf } from './needs.ts';
import { protect, protectNow, protectOnceCreated, refuseIfProtected } from './protection.ts';
import { checkQuota } from './quota.ts';
import { dropOldRouteSettings } from './route-settings.ts';
import {
  type Cfn,
  type Functions,
  getAtt,
  haveSubscribers,
  type Serverless,
  type Template,
} from './serverless.ts';
import { checkRegion, functionsOf, readSettings, type Settings } from './settings.ts';
import { type DatabaseVersion, versionOfDatabase } from './version.ts';

/** The migrate function, and the resource that runs it during a deployment; all other functions depend on the resource. */
const MIGRATE = 'migrate';
const MIGRATION = 'DatabaseMigration';

/** How often, and for how many seconds, EventBridge retries an event before it becomes a dead letter. */
const RULE_RETRIES = { MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 3_600 };

/**
 * The part of the deployment that YAML can't express. It reads the parameters, gives each function its role, settings,
 * network and concurrency, adds the resources that the stage uses, the alarms and the dashboard. The stage `local` gets
 * settings only.
 */
export default function stack(serverless: Serverless): { hooks: Record<string, () => unknown> } {
  serverless.configSchemaHandler.defineFunctionProperties('aws', {
    properties: {
      needs: { type: 'array', items: { enum: [...NEEDS] }, uniqueItems: true },
      databaseRole: { type: 'string' },
    },
  });
  let settings: Settings | undefined;
  const read = () => {
    settings ??= readSettings(serverless, serverless.getProvider('aws').getStage());
    return settings;
  };
  let checked = false;
  const check = async () => {
    if (checked || serverless.processedInput.commands.join(' ') !== 'deploy') return;
    checked = true;
    await checkQuota(serverless, read());
    await checkDatabaseLog(serverless, read());
  };
  return {
    hooks: {
      initialize: async () => {
        try {
          await checkRegion(read(), serverless.getProvider('aws').getRegion());
          prepare(serverless, read());
        } catch (error) {
          if (!(error instanceof Error)) throw error;
          throw new serverless.classes.Error(error.message, 'MY_LITTLE_PS_DEPLOYMENT');
        }
      },
      'after:aws:package:finalize:mergeCustomProviderResources': () => complete(serverless, read()),
      // Before anything is built; with `deploy --package`, nothing is.
      'before:package:cleanup': () => check(),
      'before:deploy:deploy': () => check(),
      'before:aws:deploy:deploy:updateStack': async () => {
        if (serverless.service.provider.shouldNotDeploy) return;
        await protectOnceCreated(serverless, read());
        await dropOldRouteSettings(serverless);
      },
      'after:deploy:deploy': async () => {
        await printFirstKey(serverless);
        await protectNow(serverless, read());
      },
      'before:remove:remove': async () => {
        await refuseIfProtected(serverless);
        await emptyReports(serverless);
      },
      'after:remove:remove': () => deleteDatabaseLog(serverless, read()),
    },
  };
}

/** Runs before the framework compiles serverless.yml. */
function prepare(serverless: Serverless, settings: Settings): void {
  const { service } = serverless;
  allowOrigins(serverless, settings.origins);
  const wanted = functionsOf(serverless, settings);
  for (const name of Object.keys(service.functions)) if (!(name in wanted)) delete service.functions[name];
  const isLocal = settings.database === 'local';
  for (const [name, config] of Object.entries(service.functions)) {
    const needs = needsOf(name, config);
    const inNetwork = !isLocal && isInNetwork(needs, settings);
    const network = inNetwork ? networkOf(settings) : undefined;
    config.environment = {
      ...environmentOf(needs, settings, databaseRoleOf(name, config)),
      ...network?.environment,
      ...config.environment,
    };
    if (isLocal) continue;
    if (network !== undefined) config.vpc = network.vpc;
    config.role = roleName(serverless, name);
    // Said even if off: a function keeps what a template no longer says.
    config.tracing = settings.tracing ? 'Active' : 'PassThrough';
    config.dependsOn = [...(config.dependsOn ?? []), ...dependenciesOf(name, settings)];
    if (settings.reservations && needs.includes('database'))
      config.reservedConcurrency ??= settings.quietConcurrency;
    if (!settings.reservations) config.reservedConcurrency = undefined;
  }
  const parts = service.custom['parts'] as Record<string, { Resources: Cfn; Outputs?: Cfn }>;
  if (isLocal) service.resources = {};
  else {
    for (const name of partsOf(settings, service.functions)) merge(service.resources, parts[name]);
    if (settings.database === 'aurora' && settings.reservations)
      checkConnections(settings, service.functions);
  }
  delete service.custom['parts'];
  service.provider.deletionProtection = settings.keepData;
  if (settings.database === 'aurora') leaveOutSecrets(service.custom['esbuild'] as Record<string, unknown>);
}

/** Tells the bundler that no function but `migrate` reads a secret (lib/aws/database.ts): bundles stay half as large. */
function leaveOutSecrets(esbuild: Record<string, unknown>): void {
  esbuild['define'] = { 'process.env.WITHOUT_DATABASE_SECRET': '"true"' };
}

function roleName(serverless: Serverless, name: string): string {
  return `${serverless.getProvider('aws').naming.getNormalizedFunctionName(name)}Role`;
}

function dependenciesOf(name: string, { database }: Settings): string[] {
  if (name !== MIGRATE) return [MIGRATION];
  return database === 'aurora' ? ['DatabaseWriter', 'FunctionsToDatabase', 'DatabaseFromFunctions'] : [];
}

/** The resource files that this stage uses; serverless.yml lists them under `custom.parts`. */
function partsOf({ database, egress, standby, alarms, webhooks }: Settings, functions: Functions): string[] {
  const aurora = ['network', `egress-${egress}`, 'database', ...(standby ? ['database-standby'] : [])];
  return [
    ...(database === 'aurora' ? aurora : []),
    ...(alarms ? ['alarm-topic'] : []),
    ...(haveSubscribers(functions) ? ['failed-events'] : []),
    ...(webhooks ? ['webhooks'] : []),
  ];
}

function merge(
  into: Serverless['service']['resources'],
  part: { Resources: Cfn; Outputs?: Cfn } | undefined,
): void {
  into.Resources = { ...into.Resources, ...part?.Resources };
  into.Outputs = { ...into.Outputs, ...part?.Outputs };
}

/** Runs after the framework has built its template. */
function complete(serverless: Serverless, settings: Settings): void {
  if (settings.database === 'local') return;
  const { service, serviceDir } = serverless;
  const { Resources } = service.provider.compiledCloudFormationTemplate;
  const name = `${service.service}-${settings.stage}`;
  for (const [key, config] of Object.entries(service.functions)) {
    dropRoleDependency(
      Resources[serverless.getProvider('aws').naming.getLambdaLogicalId(key)],
      roleName(serverless, key),
    );
    Resources[roleName(serverless, key)] = roleOf(
      config,
      needsOf(key, config),
      settings,
      databaseRoleOf(key, config),
    ) as (typeof Resources)[string];
  }
  setVersion(serverless, versionOfDatabase(serviceDir));
  keepUndelivered(Resources);
  protect(service.provider.compiledCloudFormationTemplate, settings);
  placeSubnets(Resources, settings);
  restore(Resources, settings);
  dependOnEgress(Resources, settings);
  const watched = {
    settings,
    stack: name,
    namespace: `${service.service}/${settings.stage}`,
    functions: service.functions,
  };
  Object.assign(Resources, { Dashboard: dashboard(watched) });
  if (settings.alarms) Object.assign(Resources, alarmResources(watched));
}

/** Removes the framework's `DependsOn` the role: the function's reference to the role already implies it. */
function dropRoleDependency(resource: { DependsOn?: unknown } | undefined, role: string): void {
  if (Array.isArray(resource?.DependsOn))
    resource.DependsOn = resource.DependsOn.filter((name) => name !== role);
}

/**
 * Gives the resource and the function the same version; they differ only while a deployment is rolled back. By the order the
 * function learns then that it is.
 */
function setVersion(serverless: Serverless, version: DatabaseVersion): void {
  const { Resources } = serverless.service.provider.compiledCloudFormationTemplate;
  const migrate = Resources[serverless.getProvider('aws').naming.getLambdaLogicalId(MIGRATE)];
  const migration = Resources[MIGRATION];
  if (migrate === undefined || migration === undefined)
    throw new Error(`the template lacks ${MIGRATION} or the function ${MIGRATE}`);
  migration.Properties['Version'] = version.hash;
  migration.Properties['Order'] = version.order;
  const { Variables } = migrate.Properties['Environment'] as { Variables: Record<string, unknown> };
  Variables['DATABASE_VERSION'] = version.hash;
}

/** Sends events that EventBridge can't deliver to a queue, instead of dropping them. */
function keepUndelivered(resources: Template['Resources']): void {
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

/** A database restored from a snapshot takes its name and its master user from there. */
function restore(resources: Record<string, unknown>, { database, snapshot }: Settings): void {
  if (database !== 'aurora' || snapshot === '') return;
  const { Properties } = resources['DatabaseCluster'] as { Properties: Record<string, unknown> };
  delete Properties['DatabaseName'];
  delete Properties['MasterUsername'];
  Properties['SnapshotIdentifier'] = snapshot;
}

/** The subnets are in the first two zones of the region, unless the parameters name others. */
function placeSubnets(resources: Template['Resources'], { zoneA, zoneB }: Settings): void {
  for (const [name, zone] of Object.entries({ SubnetA: zoneA, SubnetB: zoneB })) {
    const subnet = resources[name];
    if (subnet !== undefined && zone !== '') subnet.Properties['AvailabilityZone'] = zone;
  }
}

/** The migration calls Secrets Manager and answers CloudFormation, so it depends on the network's egress. */
function dependOnEgress(resources: Record<string, unknown>, { database, egress }: Settings): void {
  if (database !== 'aurora') return;
  // All endpoints: what comes after the migration calls the others at once.
  const endpoints = ['SecretsEndpoint', 'QueueEndpoint', 'EventsEndpoint'];
  const routes = egress === 'dualstack' ? ['RouteOut', 'FunctionsToAws'] : endpoints;
  const migration = resources[MIGRATION] as { DependsOn?: string[] };
  migration.DependsOn = [
    ...routes,
    'S3Endpoint',
    'RoutesOfA',
    'RoutesOfB',
    'FunctionsToDatabase',
    'DatabaseFromFunctions',
    'DatabaseWriter',
  ];
}
