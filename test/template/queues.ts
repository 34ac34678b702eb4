import {
  functionsOf,
  list,
  type Named,
  ofType,
  type Rule,
  references,
  refusesPlainHttp,
  shortName,
  type Template,
  target,
} from './template.ts';

/** AWS recommends this: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const VISIBILITY_PER_TIMEOUT = 6;

const SECONDS_PER_DAY = 86_400;

/** Dead letters wait for a person, who has holidays; SQS's maximum. */
const DEAD_LETTERS_KEPT_SECONDS = 14 * SECONDS_PER_DAY;

const isFifo = (queue: Named | undefined): boolean => queue?.[1].Properties['FifoQueue'] === true;

function queueOf(template: Template, value: unknown): Named | undefined {
  const id = target(value);
  const resource = id === undefined ? undefined : template.Resources[id];
  return id !== undefined && resource?.Type === 'AWS::SQS::Queue' ? [id, resource] : undefined;
}

/** A FIFO queue's dead letters go to a FIFO queue only, a standard queue's to a standard queue only. */
export const everyQueueHasItsDeadLetterQueue: Rule = (template) => {
  const deadLetters = deadLetterQueues(template);
  return ofType(template, 'AWS::SQS::Queue').flatMap(([id, queue]) => {
    if (deadLetters.has(id)) {
      const kept = queue.Properties['MessageRetentionPeriod'];
      return Number(kept) === DEAD_LETTERS_KEPT_SECONDS ? [] : [`${id} keeps dead letters ${kept} s`];
    }
    const policy = queue.Properties['RedrivePolicy'];
    const other = queueOf(template, policy?.deadLetterTargetArn);
    if (other === undefined) return [`${id} has no dead-letter queue`];
    return isFifo(other) === isFifo([id, queue])
      ? []
      : [`${id} and ${other[0]} are not both FIFO or both standard`];
  });
};

/** The queues that are named as dead-letter queues or failure destinations. */
function deadLetterQueues(template: Template): Set<string> {
  const places = [
    ...ofType(template, 'AWS::SQS::Queue').map(([, { Properties }]) => Properties['RedrivePolicy']),
    ...asynchronous(template).map(({ place }) => place),
    ...ofType(template, 'AWS::Lambda::EventInvokeConfig').map(
      ([, { Properties }]) => Properties['DestinationConfig'],
    ),
  ];
  return new Set(places.flatMap(references));
}

interface Place {
  readonly what: string;
  readonly place: unknown;
}

/** Each target of a rule, with the queue for events that EventBridge can't deliver. */
const asynchronous = (template: Template): Place[] =>
  ofType(template, 'AWS::Events::Rule').flatMap(([id, rule]) =>
    list(rule.Properties['Targets']).map((one) => ({
      what: `${id} → ${target(one.Arn)}`,
      place: one.DeadLetterConfig?.Arn,
    })),
  );

/** EventBridge and Lambda put failed events into standard queues only. */
export const failedRunsAreKept: Rule = (template) => {
  const byRule = asynchronous(template);
  const invoked = new Set(
    ofType(template, 'AWS::Events::Rule').flatMap(([, rule]) =>
      list(rule.Properties['Targets']).map((one) => target(one.Arn)),
    ),
  );
  const configured = new Map(
    ofType(template, 'AWS::Lambda::EventInvokeConfig').map(([, { Properties }]) => [
      target(Properties['FunctionName']) ?? String(Properties['FunctionName']),
      Properties['DestinationConfig']?.OnFailure?.Destination,
    ]),
  );
  const byFunction = functionsOf(template)
    .filter(([id]) => invoked.has(id))
    .map(([id, { Properties }]) => ({
      what: shortName(id),
      place: configured.get(id) ?? configured.get(String(Properties['FunctionName'])),
    }));
  return [...byRule, ...byFunction].flatMap(({ what, place }) => {
    const queue = queueOf(template, place);
    if (queue === undefined) return [`${what} has no queue for failures`];
    return isFifo(queue) ? [`${what} puts failures into the FIFO queue ${queue[0]}`] : [];
  });
};

export const visibilityOutlastsTheFunction: Rule = (template) =>
  ofType(template, 'AWS::Lambda::EventSourceMapping').flatMap(([id, { Properties }]) => {
    const queue = queueOf(template, Properties['EventSourceArn'])?.[1].Properties;
    const consumer = template.Resources[target(Properties['FunctionName']) ?? '']?.Properties;
    if (queue === undefined || consumer === undefined) return [`${id} reads no queue of this stack`];
    const least = VISIBILITY_PER_TIMEOUT * Number(consumer['Timeout']);
    const { VisibilityTimeout: visibility = 30 } = queue;
    return visibility >= least ? [] : [`${id}: visibility is ${visibility} s, it needs ${least} s`];
  });

/** Only failed messages come back, not whole batches. */
export const failuresAreReportedOneByOne: Rule = (template) =>
  ofType(template, 'AWS::Lambda::EventSourceMapping').flatMap(([id, { Properties }]) => [
    ...(list(Properties['FunctionResponseTypes']).includes('ReportBatchItemFailures')
      ? []
      : [`${id}: whole batches fail`]),
    ...(Number(Properties['BatchSize']) <= 10 ? [] : [`${id}: a FIFO batch has 10 messages at most`]),
  ]);

export const queuesAreEncrypted: Rule = (template) =>
  ofType(template, 'AWS::SQS::Queue')
    .filter(
      ([, { Properties }]) => Properties['SqsManagedSseEnabled'] !== true && !Properties['KmsMasterKeyId'],
    )
    .map(([id]) => `${id} is not encrypted`);

export const queuesTakeTlsOnly: Rule = (template) => {
  const strict = new Set(
    ofType(template, 'AWS::SQS::QueuePolicy').flatMap(([, { Properties }]) => {
      const refusing = list(Properties['PolicyDocument'].Statement).filter(refusesPlainHttp);
      const covered = new Set(refusing.flatMap(({ Resource }) => references(Resource)));
      return references(Properties['Queues']).filter((id) => covered.has(id));
    }),
  );
  return ofType(template, 'AWS::SQS::Queue')
    .filter(([id]) => !strict.has(id))
    .map(([id]) => `${id} accepts requests without TLS`);
};

/** SQS refuses a policy statement that names several queues; no linter checks it. */
export const everyQueuePolicyCoversOneQueue: Rule = (template) =>
  ofType(template, 'AWS::SQS::QueuePolicy').flatMap(([id, { Properties }]) => {
    const statements = list(Properties['PolicyDocument'].Statement);
    const alone = statements.every(({ Resource }) => !Array.isArray(Resource) || Resource.length === 1);
    return alone && list(Properties['Queues']).length === 1 ? [] : [`${id} covers several queues`];
  });
