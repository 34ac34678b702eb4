import {
  before,
  functionsOf,
  list,
  type Named,
  ofType,
  type Rule,
  shortName,
  type Template,
  target,
} from './template.ts';

const RUNTIME = 'nodejs24.x';

export const runtimeOfEveryFunction: Rule = (template) =>
  functionsOf(template).flatMap(([id, { Properties }]) => [
    ...(Properties['Runtime'] === RUNTIME ? [] : [`${id} runs on ${Properties['Runtime']}`]),
    ...(list(Properties['Architectures']).join() === 'arm64' ? [] : [`${id} is not on arm64`]),
  ]);

/** What a subscriber logs is read by many: it is there only if somebody asked for it. */
export const theEventLogIsThereIfRequested =
  (isRequested: boolean): Rule =>
  (template) => {
    const found = Object.keys(template.Resources).filter((id) => /^EventLog|^FailedEvents/.test(id));
    if (isRequested) return found.length > 0 ? [] : ['there is no event log'];
    return found.map((id) => `${id} is there without being requested`);
  };

/** Traces cost by the request. A mode has to be named: a function keeps what its template no longer says. */
export const tracingIsAsRequested =
  (isRequested: boolean): Rule =>
  (template) =>
    functionsOf(template)
      .map(([id, { Properties }]) => [id, Properties['TracingConfig']?.Mode])
      .filter(([, mode]) => mode !== (isRequested ? 'Active' : 'PassThrough'))
      .map(([id, mode]) => `${id} has the tracing mode ${mode}`);

/** Lambda's two lines for each invocation that succeeds cost more than the functions' own. */
export const lambdaLogsTroubleOnly: Rule = (template) =>
  functionsOf(template)
    .filter(([, { Properties }]) => Properties['LoggingConfig']?.SystemLogLevel !== 'WARN')
    .map(([id]) => `${id} logs each invocation`);

/** Metrics come from lines of the functions' logs, which only the standard class of log groups reads. */
export const metricsAreReadFromLogs: Rule = (template) =>
  functionsOf(template).flatMap((named) => {
    const group = logGroupOf(template, named);
    const { LogGroupClass = 'STANDARD' } = group?.[1].Properties ?? {};
    return LogGroupClass === 'STANDARD' ? [] : [`${group?.[0]} is ${LogGroupClass}`];
  });

export const everyLogIsKeptForATime: Rule = (template) => [
  ...ofType(template, 'AWS::Logs::LogGroup')
    .filter(([, { Properties }]) => !Number.isInteger(Properties['RetentionInDays']))
    .map(([id]) => `${id} is kept for ever`),
  ...functionsOf(template)
    .filter((named) => logGroupOf(template, named) === undefined)
    .map(([id]) => `${id} has no log group of this stack`),
];

function logGroupOf(template: Template, [, { Properties }]: Named): Named | undefined {
  const { LogGroup: given } = Properties['LoggingConfig'] ?? {};
  return ofType(template, 'AWS::Logs::LogGroup').find(([id, group]) =>
    given === undefined
      ? group.Properties['LogGroupName'] === `/aws/lambda/${Properties['FunctionName']}`
      : target(given) === id || group.Properties['LogGroupName'] === given,
  );
}

/** Otherwise Lambda's own lines are text, and JSON queries miss them. */
export const everyLogIsJson: Rule = (template) =>
  functionsOf(template)
    .filter(([, { Properties }]) => Properties['LoggingConfig']?.LogFormat !== 'JSON')
    .map(([id]) => `${id} does not log JSON`);

/** API Gateway waits 30 seconds for an HTTP API's integration, so a longer timeout only holds a connection. */
const MAX_SECONDS_OF_A_REQUEST = 30;

/** A run of the balancer goes on after the API gave up, as docs/api.md says: broken off, it would leave its lease behind. */
const OUTLASTS_THE_API = 'HttpApiIntegrationRebalance';

export const noRequestOutlastsTheApi: Rule = (template) =>
  ofType(template, 'AWS::ApiGatewayV2::Integration').flatMap(([id, { Properties }]) => {
    const timeout = Number(
      template.Resources[target(Properties['IntegrationUri']) ?? '']?.Properties['Timeout'],
    );
    return timeout < MAX_SECONDS_OF_A_REQUEST || id === OUTLASTS_THE_API
      ? []
      : [`${id}: the function may take ${timeout} s`];
  });

/** New code needs the new tables, and a failed migration must leave the previous version unchanged. */
export const migrationComesBeforeEveryFunction: Rule = (template) => {
  const migrations = ofType(template, 'Custom::DatabaseMigration');
  const [migration, ...more] = migrations;
  if (migration === undefined || more.length > 0) return [`there are ${migrations.length} migrations`];
  const [id, { Properties }] = migration;
  const runner = target(Properties['ServiceToken']);
  const limit = Number(template.Resources[runner ?? '']?.Properties['Timeout']);
  return [
    ...(runner === 'MigrateLambdaFunction' ? [] : [`${id} is run by ${runner}`]),
    ...(Number(Properties['ServiceTimeout']) > limit ? [] : [`${id} times out before its function`]),
    ...functionsOf(template)
      .filter(([name]) => name !== runner && !before(template, name).has(id))
      .map(([name]) => `${shortName(name)} may be replaced before the migration`),
  ];
};

/** A version without its place among the others would make every rollback of a failed migration run it again, and fail. */
export const theMigrationKnowsItsPlace: Rule = (template) =>
  ofType(template, 'Custom::DatabaseMigration').flatMap(([id, { Properties }]) => [
    ...(/^\d{4}\.\d+$/.test(String(Properties['Order']))
      ? []
      : [`${id} has the order ${Properties['Order']}`]),
    ...(/^[0-9a-f]{64}$/.test(String(Properties['Version'])) ? [] : [`${id} has no version`]),
  ]);

/** The migration would fail if the database did not exist yet, or could not be reached yet. */
export const migrationComesAfterItsDependencies: Rule = (template) => {
  const earlier = before(template, 'DatabaseMigration');
  const types = ['AWS::RDS::DBInstance', 'AWS::EC2::SecurityGroupEgress', 'AWS::EC2::SecurityGroupIngress'];
  const needed = [
    ...types,
    'AWS::EC2::Route',
    'AWS::EC2::SubnetRouteTableAssociation',
    'AWS::EC2::VPCEndpoint',
  ];
  return needed
    .flatMap((type) => ofType(template, type))
    .filter(([id]) => !earlier.has(id) && id !== 'DatabaseStandby')
    .map(([id]) => `the migration may run before ${id} exists`);
};
