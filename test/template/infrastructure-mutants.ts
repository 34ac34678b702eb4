import { drop, type Mutant, set, setVariable } from './mutant.ts';

/** Faults in buckets, the database, its network and the alarms. */
export const INFRASTRUCTURE_MUTANTS: readonly Mutant[] = [
  [
    'the bucket may be public',
    'theBucketIsClosed',
    set('ServerlessDeploymentBucket', 'PublicAccessBlockConfiguration', undefined),
  ],
  ['reports may travel in clear', 'reportsTravelOverTlsAndExpire', drop('ReportsBucketPolicy')],
  [
    'reports stay for ever',
    'reportsTravelOverTlsAndExpire',
    set('ReportsBucket', 'LifecycleConfiguration', undefined),
  ],
  ['the database is public', 'theDatabaseIsPrivate', set('DatabaseWriter', 'PubliclyAccessible', true)],
  ['the database is in clear', 'theDatabaseIsPrivate', set('DatabaseCluster', 'StorageEncrypted', false)],
  [
    'the database knows no roles',
    'theDatabaseIsPrivate',
    set('DatabaseCluster', 'EnableIAMDatabaseAuthentication', false),
  ],
  ['connections may be in clear', 'theDatabaseIsPrivate', set('DatabaseSettings', 'Parameters', {})],
  [
    'everybody gets to the database',
    'theDatabaseIsPrivate',
    set('DatabaseSecurityGroup', 'SecurityGroupIngress', [{ IpProtocol: '-1', CidrIp: '0.0.0.0/0' }]),
  ],
  ['the database can be deleted', 'theDatabaseIsKept', set('DatabaseCluster', 'DeletionProtection', false)],
  [
    'the database goes with the stack',
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
  [
    'a function is outside of the network',
    'functionsWithADatabaseAreInItsNetwork',
    (r) => {
      delete r['GetWalletLambdaFunction'].Properties.VpcConfig;
    },
  ],
  [
    'a network is paid for that nobody uses',
    'thereIsNoDatabase',
    (r) => {
      r['Vpc'] = { Type: 'AWS::EC2::VPC', Properties: {} };
    },
    'own',
  ],
  [
    'the URL is in clear',
    'theUrlComesFromTheSecret',
    setVariable('RelayLambdaFunction', 'DATABASE_URL', 'my-secret'),
    'own',
  ],
  ['nobody watches the dead letters', 'everyRequiredAlarmExists', drop('DeadLettersAlarm')],
  ['nobody watches a function', 'everyRequiredAlarmExists', drop('GetWalletErrorsAlarm')],
  ['an alarm tells nobody', 'everyAlarmNotifiesTheTopic', set('DeadLettersAlarm', 'AlarmActions', [])],
  [
    'a silent relay is fine',
    'missingMetricsOfSchedulesRaiseAnAlarm',
    set('RelayMissedAlarm', 'TreatMissingData', 'notBreaching'),
  ],
  [
    'an alarm looks back for a month',
    'noAlarmLooksTooFarBack',
    set('ReconcileMissedAlarm', 'EvaluationPeriods', 720),
  ],
  [
    'alarms may not use the key',
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
    'a REST API’s metric is watched',
    'everyAlarmNamesARealMetric',
    set('ServerErrorsAlarm', 'MetricName', '5XXError'),
  ],
  [
    'a queue is named by its address',
    'everyAlarmNamesARealMetric',
    set('DeadLettersAlarm', 'Dimensions', [{ Name: 'QueueName', Value: { Ref: 'DeadLetterQueue' } }]),
  ],
  [
    'a function is named that is none',
    'everyAlarmNamesARealMetric',
    set('GetWalletErrorsAlarm', 'Dimensions', [{ Name: 'FunctionName', Value: 'my-little-ps-prod-gone' }]),
  ],
  [
    'a metric of the functions is watched elsewhere',
    'everyAlarmNamesARealMetric',
    set('OldestPendingAlarm', 'Namespace', 'my-little-ps'),
  ],
  [
    'a metric of the functions is watched without its dimension',
    'everyAlarmNamesARealMetric',
    set('OldestPendingAlarm', 'Dimensions', []),
  ],
];
