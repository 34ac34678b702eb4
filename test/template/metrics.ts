/** AWS's metrics by namespace: their names, and the sets of dimensions that they come with. */
export const AWS_METRICS: Readonly<
  Record<string, { readonly metrics: readonly string[]; readonly dimensions: readonly (readonly string[])[] }>
> = {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
  'AWS/SQS': {
    metrics: [
      'ApproximateAgeOfOldestMessage',
      'ApproximateNumberOfGroupsWithInflightMessages',
      'ApproximateNumberOfMessagesDelayed',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesVisible',
      'NumberOfDeduplicatedSentMessages',
      'NumberOfEmptyReceives',
      'NumberOfMessagesDeleted',
      'NumberOfMessagesReceived',
      'NumberOfMessagesSent',
      'SentMessageSize',
    ],
    dimensions: [['QueueName']],
  },
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
  'AWS/Lambda': {
    metrics: [
      'AsyncEventAge',
      'AsyncEventsDropped',
      'AsyncEventsReceived',
      'ClaimedAccountConcurrency',
      'ConcurrentExecutions',
      'DeadLetterErrors',
      'DestinationDeliveryFailures',
      'Duration',
      'Errors',
      'Invocations',
      'IteratorAge',
      'Throttles',
      'UnreservedConcurrentExecutions',
    ],
    dimensions: [['FunctionName'], ['FunctionName', 'Resource'], []],
  },
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
  'AWS/ApiGateway': {
    metrics: ['4xx', '5xx', 'Count', 'DataProcessed', 'IntegrationLatency', 'Latency'],
    dimensions: [['ApiId'], ['ApiId', 'Stage'], ['ApiId', 'Method', 'Resource', 'Stage']],
  },
  // https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html
  'AWS/RDS': {
    metrics: [
      'ACUUtilization',
      'BufferCacheHitRatio',
      'CommitLatency',
      'CPUUtilization',
      'DatabaseConnections',
      'Deadlocks',
      'FreeableMemory',
      'FreeLocalStorage',
      'MaximumUsedTransactionIDs',
      'ServerlessDatabaseCapacity',
      'VolumeBytesUsed',
    ],
    dimensions: [['DBInstanceIdentifier'], ['DBClusterIdentifier'], ['DBClusterIdentifier', 'Role']],
  },
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
  'AWS/Events': {
    metrics: ['FailedInvocations', 'Invocations', 'InvocationsSentToDlq', 'InvocationsFailedToBeSentToDlq'],
    dimensions: [['RuleName'], ['EventBusName', 'RuleName']],
  },
};
