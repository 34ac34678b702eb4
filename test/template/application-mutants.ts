import { drop, grant, type Mutant, set, setVariable } from './mutant.ts';

const queueArn = { 'Fn::GetAtt': ['OperationsQueue', 'Arn'] };
const FIFO = { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] };

/** Faults in roles, queues, functions and the API. */
export const APPLICATION_MUTANTS: readonly Mutant[] = [
  [
    'two functions share a role',
    'oneRolePerFunction',
    (r) => set('RelayLambdaFunction', 'Role', r['BalancerLambdaFunction'].Properties.Role)(r),
  ],
  [
    'a role has a managed policy',
    'noOtherPolicies',
    set('RelayRole', 'ManagedPolicyArns', ['arn:aws:iam::aws:policy/AdministratorAccess']),
  ],
  ['a role may send to every queue', 'noRightOnEverything', grant('RelayRole', 'sqs:SendMessage', '*')],
  ['a role may do everything with a queue', 'noRightOnEverything', grant('RelayRole', 'sqs:*', queueArn)],
  ['the relay may receive', 'everyRightIsNeeded', grant('RelayRole', 'sqs:ReceiveMessage', queueArn)],
  [
    'a report may wake the processor',
    'everyRightIsNeeded',
    grant('ListOperationsRole', 'sqs:SendMessage', queueArn),
  ],
  [
    'a wallet may be read with the master password',
    'everyRightIsNeeded',
    grant('GetWalletRole', 'secretsmanager:GetSecretValue', '*'),
  ],
  [
    'the processor may not postpone',
    'everyNeedHasItsRight',
    (r) => {
      for (const { Properties } of [r['ProcessorRole']])
        for (const { Action } of Properties.Policies[0].PolicyDocument.Statement)
          if (Array.isArray(Action) && Action.includes('sqs:ChangeMessageVisibility'))
            Action.splice(Action.indexOf('sqs:ChangeMessageVisibility'), 1);
    },
  ],
  [
    'the processor may not send dead letters',
    'everyNeedHasItsRight',
    (r) => {
      const { Statement } = r['ProcessorRole'].Properties.Policies[0].PolicyDocument;
      for (const one of Statement)
        if (JSON.stringify(one.Resource) === JSON.stringify(FIFO)) one.Resource = queueArn;
    },
  ],
  ['the relay may send dead letters', 'everyRightIsNeeded', grant('RelayRole', 'sqs:SendMessage', FIFO)],
  [
    'a role may be every database user',
    'everyRoleIsOneDatabaseUser',
    grant('RelayRole', 'rds-db:connect', { 'Fn::Sub': 'arn:aws:rds-db:eu-central-1:1:dbuser:*/*' }),
  ],
  [
    'the dead letters of a FIFO queue go to a standard one',
    'everyQueueHasItsDeadLetterQueue',
    (r) =>
      set('OperationsQueue', 'RedrivePolicy', {
        deadLetterTargetArn: { 'Fn::GetAtt': ['FailedRunsQueue', 'Arn'] },
      })(r),
  ],
  [
    'dead letters are deleted after a day',
    'everyQueueHasItsDeadLetterQueue',
    set('DeadLetterQueue', 'MessageRetentionPeriod', 86_400),
  ],
  [
    'failed runs go to a FIFO queue',
    'failedRunsAreKept',
    (r) => {
      for (const { Type, Properties } of Object.values(r))
        if (Type === 'AWS::Events::Rule') Properties.Targets[0].DeadLetterConfig.Arn = FIFO;
    },
  ],
  [
    'a failed run is dropped',
    'failedRunsAreKept',
    (r) => {
      for (const [id, { Type }] of Object.entries(r))
        if (Type === 'AWS::Lambda::EventInvokeConfig') delete r[id];
    },
  ],
  [
    'a message comes back while it is processed',
    'visibilityOutlastsTheFunction',
    set('OperationsQueue', 'VisibilityTimeout', 179),
  ],
  [
    'the processor has a longer timeout',
    'visibilityOutlastsTheFunction',
    set('ProcessorLambdaFunction', 'Timeout', 31),
  ],
  [
    'a whole batch fails',
    'failuresAreReportedOneByOne',
    set('ProcessorEventSourceMappingSQSOperationsQueue', 'FunctionResponseTypes', []),
  ],
  ['a queue is not encrypted', 'queuesAreEncrypted', set('FailedRunsQueue', 'SqsManagedSseEnabled', false)],
  ['a queue accepts plain HTTP', 'queuesTakeTlsOnly', drop('OperationsQueuePolicy')],
  [
    'a policy covers another queue',
    'queuesTakeTlsOnly',
    (r) => {
      r['OperationsQueuePolicy'].Properties.PolicyDocument.Statement[0].Resource = FIFO;
    },
  ],
  [
    "a policy's statement covers two queues",
    'everyQueuePolicyCoversOneQueue',
    (r) => {
      r['OperationsQueuePolicy'].Properties.PolicyDocument.Statement[0].Resource = [queueArn, FIFO];
    },
  ],
  [
    'a function runs on an old Node',
    'runtimeOfEveryFunction',
    set('RelayLambdaFunction', 'Runtime', 'nodejs22.x'),
  ],
  [
    'a function runs on x86',
    'runtimeOfEveryFunction',
    set('RelayLambdaFunction', 'Architectures', ['x86_64']),
  ],
  [
    'the event log is not deployed though it was requested',
    'theEventLogIsThereIfRequested',
    (r) => {
      for (const id of Object.keys(r)) if (/^EventLog|^FailedEvents/.test(id)) delete r[id];
    },
  ],
  [
    'the event log is deployed without being requested',
    'theEventLogIsThereIfRequested',
    (r) => {
      r['EventLogLambdaFunction'] = r['RelayLambdaFunction'];
    },
    'dev',
  ],
  ['a log is kept for ever', 'everyLogIsKeptForATime', set('RelayLogGroup', 'RetentionInDays', undefined)],
  ['a function makes its own log group', 'everyLogIsKeptForATime', drop('RelayLogGroup')],
  ['a log is text', 'everyLogIsJson', set('RelayLambdaFunction', 'LoggingConfig', { LogFormat: 'Text' })],
  ['a request may take a minute', 'noRequestOutlastsTheApi', set('GetWalletLambdaFunction', 'Timeout', 60)],
  [
    'a function does not wait for the migration',
    'migrationComesBeforeEveryFunction',
    (r) => {
      r['GetWalletLambdaFunction'].DependsOn = ['GetWalletLogGroup'];
    },
  ],
  [
    'the migration does not wait for the database',
    'migrationComesAfterItsDependencies',
    (r) => {
      for (const id of ['DatabaseMigration', 'MigrateLambdaFunction'])
        r[id].DependsOn = [r[id].DependsOn].flat().filter((name: string) => name !== 'DatabaseWriter');
    },
  ],
  [
    'a version has no place among the others',
    'theMigrationKnowsItsPlace',
    set('DatabaseMigration', 'Order', undefined),
  ],
  [
    'a route is open',
    'everyRouteButLiveHasTheAuthorizer',
    (r) => {
      r['HttpApiRouteGetWallets'].Properties.AuthorizationType = 'NONE';
    },
  ],
  [
    'an open route has the database',
    'noOpenRouteHasADatabase',
    setVariable('LiveLambdaFunction', 'DATABASE_HOST', 'somewhere'),
  ],
  [
    'the authorizer does not get the key',
    'theAuthorizerGetsTheKey',
    (r) => {
      for (const { Type, Properties } of Object.values(r))
        if (Type === 'AWS::ApiGatewayV2::Authorizer') Properties.IdentitySource = [];
    },
  ],
  ['the API may not call a function', 'theApiMayCallItsFunctions', drop('GetWalletLambdaPermissionHttpApi')],
  ['the API is not throttled', 'theApiIsThrottled', set('HttpApiStage', 'DefaultRouteSettings', {})],
  [
    'a function has no reservation',
    'functionsFitIntoTheDatabase',
    set('GetWalletLambdaFunction', 'ReservedConcurrentExecutions', undefined),
  ],
  [
    'the functions open too many connections',
    'functionsFitIntoTheDatabase',
    set('GetWalletLambdaFunction', 'ReservedConcurrentExecutions', 2_000),
  ],
  [
    'the mapping calls more than is reserved',
    'theMappingCallsNoMoreThanIsReserved',
    set('ProcessorEventSourceMappingSQSOperationsQueue', 'ScalingConfig', { MaximumConcurrency: 500 }),
  ],
  [
    'the mapping calls more than there are groups',
    'theMappingCallsNoMoreThanThereAreGroups',
    setVariable('ProcessorLambdaFunction', 'WALLET_GROUPS', '31'),
  ],
  [
    'a third of the usual quota is not enough for a stage',
    'twoSuchStagesFitIntoAnAccount',
    set('GetWalletLambdaFunction', 'ReservedConcurrentExecutions', 100),
  ],
  [
    'dev reserves an instance',
    'nothingIsReserved',
    set('KeysLambdaFunction', 'ReservedConcurrentExecutions', 1),
    'dev',
  ],
  [
    'ten balancers run at once',
    'schedulesDoNotPileUp',
    set('BalancerLambdaFunction', 'ReservedConcurrentExecutions', 10),
  ],
  [
    'two stages share a queue name',
    'everyNameHasItsStage',
    set('OperationsQueue', 'QueueName', 'operations.fifo'),
  ],
  ['a name is too long', 'noNameIsTooLong', set('RelayLambdaFunction', 'FunctionName', 'x'.repeat(65))],
  [
    'the URL of the API is not an output',
    'everyRequiredOutputExists',
    (_, outputs) => {
      delete outputs['HttpApiUrl'];
    },
  ],
  [
    'a reference has no target',
    'everyReferenceHasItsTarget',
    set('RelayLambdaFunction', 'Role', { 'Fn::GetAtt': ['NoRole', 'Arn'] }),
  ],
  [
    'a password is in the environment',
    'noSecretIsInTheTemplate',
    setVariable('RelayLambdaFunction', 'DATABASE_URL', 'postgres://me:hush@host/db'),
  ],
  [
    'a token is in the environment',
    'noSecretIsInTheTemplate',
    setVariable('RelayLambdaFunction', 'API_TOKEN', 'hush'),
  ],
  [
    'every page may call the API',
    'onlyPagesOfTheseOriginsMayCall',
    (r) => {
      r['HttpApi'].Properties.CorsConfiguration.AllowOrigins = ['*'];
    },
  ],
  [
    'pages may call an API that allows none',
    'onlyPagesOfTheseOriginsMayCall',
    set('HttpApi', 'CorsConfiguration', { AllowOrigins: ['https://other.example.com'] }),
    'dev',
  ],
  [
    'pages may not send a key',
    'onlyPagesOfTheseOriginsMayCall',
    (r) => {
      r['HttpApi'].Properties.CorsConfiguration.AllowHeaders = ['Content-Type'];
    },
  ],
  [
    'preflights need a key',
    'onlyPagesOfTheseOriginsMayCall',
    (r) => {
      for (const [id, { Properties }] of Object.entries(r))
        if (Properties?.RouteKey === 'OPTIONS /{proxy+}') delete r[id];
    },
  ],
];
