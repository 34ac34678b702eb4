import { drop, grant, type Mutant, set, setVariable } from './mutant.ts';

/** Faults in buckets, the database, its network and the alarms. */
export const INFRASTRUCTURE_MUTANTS: readonly Mutant[] = [
  [
    'the bucket may be public',
    'theBucketIsClosed',
    set('ServerlessDeploymentBucket', 'PublicAccessBlockConfiguration', undefined),
  ],
  ['reports may be read without TLS', 'reportsTravelOverTlsAndExpire', drop('ReportsBucketPolicy')],
  [
    'reports are kept for ever',
    'reportsTravelOverTlsAndExpire',
    set('ReportsBucket', 'LifecycleConfiguration', undefined),
  ],
  ['the database is public', 'theDatabaseIsPrivate', set('DatabaseWriter', 'PubliclyAccessible', true)],
  [
    'the database is not encrypted',
    'theDatabaseIsPrivate',
    set('DatabaseCluster', 'StorageEncrypted', false),
  ],
  [
    'the database has no IAM authentication',
    'theDatabaseIsPrivate',
    set('DatabaseCluster', 'EnableIAMDatabaseAuthentication', false),
  ],
  ['connections may be without TLS', 'theDatabaseIsPrivate', set('DatabaseSettings', 'Parameters', {})],
  [
    'the database is open to every address',
    'theDatabaseIsPrivate',
    set('DatabaseSecurityGroup', 'SecurityGroupIngress', [{ IpProtocol: '-1', CidrIp: '0.0.0.0/0' }]),
  ],
  ['the database can be deleted', 'theDatabaseIsKept', set('DatabaseCluster', 'DeletionProtection', false)],
  [
    'the database can be deleted unless a deployment says otherwise',
    'theDatabaseIsKept',
    (_resources, _outputs, parameters) => {
      parameters['DatabaseProtection'] = { Default: 'false' };
    },
  ],
  [
    'RDS upgrades the standby by itself',
    'minorVersionsComeWithCommits',
    set('DatabaseStandby', 'AutoMinorVersionUpgrade', true),
  ],
  [
    'the database is deleted with the stack',
    'theDatabaseIsKept',
    (r) => {
      r['DatabaseCluster'].DeletionPolicy = 'Delete';
    },
  ],
  ['dev is protected', 'theDatabaseIsRemovable', set('DatabaseCluster', 'DeletionProtection', true), 'dev'],
  [
    'dev leaves a snapshot',
    'theDatabaseIsRemovable',
    (r) => {
      delete r['DatabaseCluster'].DeletionPolicy;
    },
    'dev',
  ],
  [
    'there is a NAT',
    'theNetworkHasNoIngress',
    (r) => {
      r['Nat'] = { Type: 'AWS::EC2::NatGateway', Properties: {} };
    },
  ],
  [
    'a route leads to the internet',
    'theNetworkHasNoIngress',
    (r) => {
      r['RouteOut'].Properties = { GatewayId: { Ref: 'Gateway' }, DestinationCidrBlock: '0.0.0.0/0' };
    },
  ],
  [
    'a function in the network has no IPv6',
    'functionsInTheNetworkReachAws',
    (r) => {
      r['GetWalletLambdaFunction'].Properties.VpcConfig.Ipv6AllowedForDualStack = false;
    },
  ],
  ['the queue has no endpoint', 'functionsReachAwsByEndpoints', drop('QueueEndpoint'), 'endpoints'],
  [
    'a report signs in as the processor does',
    'everyFunctionIsTheDatabaseUserThatItNeeds',
    setVariable('ListOperationsLambdaFunction', 'DATABASE_USER', 'my_little_ps_settle'),
  ],
  [
    'a report may sign in as the processor',
    'everyFunctionIsTheDatabaseUserThatItNeeds',
    (r) => {
      const { PolicyDocument } = r['ListOperationsRole'].Properties.Policies[0];
      r['ListOperationsRole'].Properties.Policies[0].PolicyDocument = JSON.parse(
        JSON.stringify(PolicyDocument).replaceAll('my_little_ps_read', 'my_little_ps_settle'),
      );
    },
  ],
  [
    'the migration may not sign in with an identity',
    'everyFunctionIsTheDatabaseUserThatItNeeds',
    (r) => {
      const { PolicyDocument } = r['MigrateRole'].Properties.Policies[0];
      PolicyDocument.Statement = PolicyDocument.Statement.filter(
        ({ Action }: { Action: string[] }) => !Action.includes('rds-db:connect'),
      );
    },
  ],
  [
    'a function is outside the network',
    'functionsWithADatabaseAreInItsNetwork',
    (r) => {
      delete r['GetWalletLambdaFunction'].Properties.VpcConfig;
    },
  ],
  [
    'an unused network is created',
    'thereIsNoDatabase',
    (r) => {
      r['Vpc'] = { Type: 'AWS::EC2::VPC', Properties: {} };
    },
    'own',
  ],
  [
    'the database URL is not from the secret',
    'theUrlComesFromTheSecret',
    setVariable('RelayLambdaFunction', 'DATABASE_SECRET', 'another-secret'),
    'own',
  ],
  [
    "the database URL is in clear in a function's settings",
    'theUrlComesFromTheSecret',
    setVariable('RelayLambdaFunction', 'DATABASE_URL', '{{resolve:secretsmanager:my-secret}}'),
    'own',
  ],
  [
    'a function may read every secret',
    'everyFunctionReadsItsSecretAlone',
    grant('RelayRole', 'secretsmanager:GetSecretValue', '*'),
    'own',
  ],
  ['no alarm watches the dead letters', 'everyRequiredAlarmExists', drop('DeadLettersAlarm')],
  ['no alarm watches a function', 'everyRequiredAlarmExists', drop('GetWalletErrorsAlarm')],
  [
    'an alarm does not notify the topic',
    'everyAlarmNotifiesTheTopic',
    set('DeadLettersAlarm', 'AlarmActions', []),
  ],
  [
    'a stopped relay raises no alarm',
    'missingMetricsOfSchedulesRaiseAnAlarm',
    set('RelayMissedAlarm', 'TreatMissingData', 'notBreaching'),
  ],
  [
    'a failed run raises no new alarm while an old one is kept',
    'everyRequiredAlarmExists',
    set('FailedRunsAlarm', 'MetricName', 'ApproximateNumberOfMessagesVisible'),
  ],
  [
    'the alarm of the books ends while they are off',
    'theBooksStayOffUntilTheyAreClean',
    set('ReconcileProblemsAlarm', 'TreatMissingData', 'notBreaching'),
  ],
  [
    'the books were not checked on the day of the first deployment',
    'nothingIsMissedOnTheFirstDay',
    set('ReconcileMissedAlarm', 'WarmUpConfiguration', undefined),
  ],
  [
    'the relay did not run before it was made',
    'nothingIsMissedOnTheFirstDay',
    set('RelayMissedAlarm', 'WarmUpConfiguration', { WarmUpPeriodDurationInMinutes: 5 }),
  ],
  [
    'a new alarm waits for longer than CloudWatch lets it',
    'nothingIsMissedOnTheFirstDay',
    set('BalancerMissedAlarm', 'WarmUpConfiguration', { WarmUpPeriodDurationInMinutes: 2_881 }),
  ],
  [
    'every alarm sends a message when it ends',
    'fewEndsAreTold',
    set('GetWalletErrorsAlarm', 'OKActions', [{ Ref: 'AlarmTopic' }]),
  ],
  [
    'nobody learns that requests succeed again',
    'fewEndsAreTold',
    set('ServerErrorsAlarm', 'OKActions', undefined),
  ],
  [
    'requests that fail now and then raise no alarm',
    'oneOfFewRequestsRaisesAnAlarm',
    set('ServerErrorsAlarm', 'DatapointsToAlarm', 3),
  ],
  [
    'the only request in five minutes may be slow each time',
    'oneOfFewRequestsRaisesAnAlarm',
    set('LatencyAlarm', 'DatapointsToAlarm', 3),
  ],
  [
    'errors of a minute are counted',
    'oneOfFewRequestsRaisesAnAlarm',
    set('GetWalletErrorsAlarm', 'Period', 60),
  ],
  [
    "an alarm's description names a section that is not there",
    'whatToDoIsWritten',
    set('FailedRunsAlarm', 'AlarmDescription', 'a run failed: docs/operations.md, "Failed jobs"'),
  ],
  [
    'an alarm does not say what to do',
    'whatToDoIsWritten',
    set('FailedRunsAlarm', 'AlarmDescription', 'a scheduled run failed'),
  ],
  [
    'an alarm looks back for a month',
    'noAlarmLooksTooFarBack',
    set('ReconcileMissedAlarm', 'EvaluationPeriods', 720),
  ],
  [
    "alarms may not use the topic's key",
    'theTopicIsEncryptedAndAlarmsMayPublish',
    (r) => {
      r['AlarmKey'].Properties.KeyPolicy.Statement.pop();
    },
  ],
  [
    'a metric does not exist',
    'everyAlarmNamesARealMetric',
    set('DeadLettersAlarm', 'MetricName', 'MessagesVisible'),
  ],
  [
    'a metric of REST APIs is watched',
    'everyAlarmNamesARealMetric',
    set('ServerErrorsAlarm', 'MetricName', '5XXError'),
  ],
  [
    'a queue is named by its URL',
    'everyAlarmNamesARealMetric',
    set('DeadLettersAlarm', 'Dimensions', [{ Name: 'QueueName', Value: { Ref: 'DeadLetterQueue' } }]),
  ],
  [
    'a dimension names an unknown function',
    'everyAlarmNamesARealMetric',
    set('GetWalletErrorsAlarm', 'Dimensions', [{ Name: 'FunctionName', Value: 'my-little-ps-prod-gone' }]),
  ],
  [
    'a metric of the functions is watched in the wrong namespace',
    'everyAlarmNamesARealMetric',
    set('OldestPendingAlarm', 'Namespace', 'my-little-ps'),
  ],
  [
    'a metric of the functions is watched without its dimension',
    'everyAlarmNamesARealMetric',
    set('OldestPendingAlarm', 'Dimensions', []),
  ],
  [
    'the endpoint of S3 takes IPv4 only',
    'reportsLeaveThroughTheEndpoint',
    set('S3Endpoint', 'IpAddressType', 'ipv4'),
  ],
];
