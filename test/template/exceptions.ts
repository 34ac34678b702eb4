/** Findings of the two linters that are right about the letter, and not about this stack. Each tells why. */
export interface Exception {
  readonly rule: string;
  /** Logical ids. */
  readonly of: RegExp;
  readonly because: string;
}

export const CFN_LINT: readonly Exception[] = [
  {
    rule: 'W3005',
    of: /^(HttpApi(Stage|Route)|\w+LambdaFunction$)/,
    because:
      'the framework writes down what functions, routes and the stage depend on, though they refer to it anyway',
  },
];

/** A rule's name may go on in brackets: `AwsSolutions-IAM5[Resource::*]`. */
export const CDK_NAG: readonly Exception[] = [
  {
    rule: 'AwsSolutions-S1',
    of: /^ServerlessDeploymentBucket$/,
    because: 'it holds bundles and templates of deployments; CloudTrail says who deployed',
  },
  {
    rule: 'AwsSolutions-S1',
    of: /^ReportsBucket$/,
    because: 'its files live a day, and each is read by a link that the API’s own log and audit line tell of',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<ReportsBucket.Arn>/*]',
    of: /^DownloadOperationsRole$/,
    because:
      'the names of files are random: the role may write and read any file of this one bucket, and no other',
  },
  {
    rule: 'AwsSolutions-VPC7',
    of: /^Vpc$/,
    because:
      'nothing gets in, and what gets out is AWS’s own services; flow logs would cost more than they tell',
  },
  {
    rule: 'AwsSolutions-RDS10',
    of: /^DatabaseCluster$/,
    because: 'the stage dev leaves nothing behind; theDatabaseIsKept in database.ts holds prod to it',
  },
  {
    rule: 'AwsSolutions-RDS11',
    of: /^DatabaseCluster$/,
    because: 'a port is no secret: only the functions’ security group reaches it',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    of: /Role$/,
    because:
      'the actions of X-Ray and of Lambda’s network interfaces know no resources: permissions.ts lists them',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:',
    of: /Role$/,
    because: 'the streams of the function’s own log group, whose names Lambda makes up',
  },
  {
    rule: 'AwsSolutions-SQS3',
    of: /^Failed(Runs|Events)Queue$/,
    because:
      'they are dead-letter queues: of rules and of asynchronous invocations, which the check does not look at',
  },
  {
    rule: 'AwsSolutions-APIG4',
    of: /^HttpApiRouteGetHealth$/,
    because: 'load balancers ask it without a key, and it tells nothing but whether the database answers',
  },
  {
    rule: 'Serverless-SQSRedrivePolicy',
    of: /^(DeadLetter|FailedRuns|FailedEvents)Queue$/,
    because: 'they are where the dead letters end',
  },
  {
    rule: 'Serverless-LambdaStarPermissions',
    of: /Role$/,
    because: 'as AwsSolutions-IAM5',
  },
  {
    rule: 'Serverless-LambdaDLQ',
    of: /LambdaFunction$/,
    because:
      'what runs asynchronously has a failure destination, which tells more; the others have a caller who is told',
  },
  {
    rule: 'Serverless-LambdaAsyncFailureDestination',
    of: /^(Migrate|Keys)LambdaEvConf$/,
    because: 'they are called by somebody who waits for the answer',
  },
  {
    rule: 'Serverless-LambdaEventSourceMappingDestination',
    of: /^ProcessorEventSourceMapping/,
    because: 'a queue that is read has its own redrive policy; destinations are for streams',
  },
];
