/** Findings of the two linters that do not apply to this stack, each with the reason. */
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
      'the framework adds DependsOn to functions, routes and the stage, although they already refer to these resources',
  },
];

/** A rule's name may include a resource in brackets: `AwsSolutions-IAM5[Resource::*]`. */
export const CDK_NAG: readonly Exception[] = [
  {
    rule: 'AwsSolutions-S1',
    of: /^ServerlessDeploymentBucket$/,
    because: 'it holds bundles and templates of deployments; CloudTrail records who deployed',
  },
  {
    rule: 'AwsSolutions-S1',
    of: /^ReportsBucket$/,
    because:
      'its files are kept for a day, and each is read through a link that the API’s access log and audit line record',
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
      'it has no ingress, and its egress goes to AWS services only; flow logs would cost more than they are worth',
  },
  {
    rule: 'AwsSolutions-RDS10',
    of: /^DatabaseCluster$/,
    because: 'the stage dev leaves nothing behind; theDatabaseIsKept in database.ts checks prod',
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
      'the actions of X-Ray and of Lambda’s network interfaces can’t be limited to resources: permissions.ts lists them',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:',
    of: /Role$/,
    because: 'the streams of the function’s own log group, whose names Lambda chooses',
  },
  {
    rule: 'AwsSolutions-SQS3',
    of: /^Failed(Runs|Events)Queue$/,
    because:
      'they are dead-letter queues of rules and asynchronous invocations, which the check does not see',
  },
  {
    rule: 'AwsSolutions-APIG4',
    of: /^HttpApiRoute(Get|Head)Live$/,
    because: 'load balancers call it without a key, and it reveals only that functions run',
  },
  {
    rule: 'AwsSolutions-APIG4',
    of: /^HttpApiRoute(Get|Head)(Docs|DocsFileVar|Console|ConsoleFileVar|Openapijson|Eventsjson)$/,
    because:
      'the description of the API, its page and the console are for whoever has no key yet, and reveal what the repository has',
  },
  {
    rule: 'AwsSolutions-APIG4',
    of: /^HttpApiRouteOptionsProxyVar$/,
    because: 'browsers ask without a key whether they may send one, and learn nothing else',
  },
  {
    rule: 'Serverless-SQSRedrivePolicy',
    of: /^(DeadLetter|FailedRuns|FailedEvents|FailedWebhooks)Queue$/,
    because: 'they are dead-letter queues themselves',
  },
  {
    rule: 'Serverless-LambdaStarPermissions',
    of: /Role$/,
    because: 'as AwsSolutions-IAM5',
  },
  {
    rule: 'Serverless-LambdaTracing',
    of: /LambdaFunction$/,
    because: 'traces cost by the request, and are wanted while somebody looks: the parameter tracing',
  },
  {
    rule: 'Serverless-LambdaDLQ',
    of: /LambdaFunction$/,
    because:
      'asynchronous functions have a failure destination, which records more; the others return errors to their caller',
  },
  {
    rule: 'Serverless-LambdaAsyncFailureDestination',
    of: /^(Migrate|Keys)LambdaEvConf$/,
    because: 'their callers wait for the reply',
  },
  {
    rule: 'Serverless-LambdaEventSourceMappingDestination',
    of: /^(Processor|WebhookPost|WebhookResults)EventSourceMapping/,
    because: 'the source queue has its own redrive policy; destinations are for streams',
  },
];
