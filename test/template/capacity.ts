import { functionsOf, ofType, type Rule, shortName, target } from './template.ts';

/**
 * What Aurora PostgreSQL Serverless v2 takes by default, by its largest capacity in units:
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
 */
const CONNECTIONS: readonly (readonly [units: number, connections: number])[] = [
  [1, 189],
  [4, 823],
  [8, 1_669],
  [16, 3_360],
  [32, 5_000],
];

/** With the smallest capacity at 0 or 0.5, there are no more however large the largest is (same page). */
const CONNECTIONS_FROM_LITTLE = 2_000;
const LITTLE_UNITS = 0.5;

/** For whoever looks what is wrong, RDS itself and a migration. */
const KEPT_FREE = 20;

/** SQS takes no less: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const LEAST_MAPPING_CONCURRENCY = 2;

const asksTheDatabase = (variables: Record<string, unknown> = {}): boolean =>
  'DATABASE_HOST' in variables || 'DATABASE_URL' in variables;

export const functionsFitIntoTheDatabase: Rule = (template) => {
  const asking = functionsOf(template).filter(([, { Properties }]) =>
    asksTheDatabase(Properties['Environment']?.Variables),
  );
  const unbounded = asking.filter(
    ([id, { Properties }]) =>
      shortName(id) !== 'migrate' && !(Properties['ReservedConcurrentExecutions'] > 0),
  );
  const sum = asking.reduce(
    (total, [, { Properties }]) => total + (Properties['ReservedConcurrentExecutions'] ?? 1),
    0,
  );
  return [
    ...unbounded.map(([id]) => `${id} opens as many connections as it likes`),
    ...ofType(template, 'AWS::RDS::DBCluster').flatMap(([id, { Properties }]) => {
      const most = connections(Properties['ServerlessV2ScalingConfiguration']);
      return sum + KEPT_FREE <= most
        ? []
        : [`${sum} connections and ${KEPT_FREE} kept free: ${id} takes ${most}`];
    }),
  ];
};

function connections({
  MinCapacity,
  MaxCapacity,
}: {
  readonly MinCapacity: number;
  readonly MaxCapacity: number;
}): number {
  const row = CONNECTIONS.filter(([units]) => units <= MaxCapacity).at(-1);
  const most = row?.[1] ?? 0;
  return MinCapacity <= LITTLE_UNITS ? Math.min(most, CONNECTIONS_FROM_LITTLE) : most;
}

/** Messages that the mapping hands over and Lambda then refuses come back, and end as dead letters. */
export const theQueueFillsNoMoreThanIsReserved: Rule = (template) =>
  ofType(template, 'AWS::Lambda::EventSourceMapping').flatMap(([id, { Properties }]) => {
    const most = Number(Properties['ScalingConfig']?.MaximumConcurrency);
    const reserved = template.Resources[target(Properties['FunctionName']) ?? '']?.Properties;
    const instances = Number(reserved?.['ReservedConcurrentExecutions']);
    return most >= LEAST_MAPPING_CONCURRENCY && most <= instances
      ? []
      : [`${id} calls ${most} at once, ${instances} are reserved`];
  });

/** Two runs at once would do the same work twice, and hold a connection for it. */
export const schedulesDoNotPileUp: Rule = (template) =>
  ofType(template, 'AWS::Events::Rule')
    .filter(([, { Properties }]) => 'ScheduleExpression' in Properties)
    .flatMap(([id, { Properties }]) => {
      const runs = template.Resources[target(Properties['Targets'][0].Arn) ?? '']?.Properties;
      const most = runs?.['ReservedConcurrentExecutions'];
      return most >= 1 && most <= 2 ? [] : [`${id} may have ${most} runs at once`];
    });
