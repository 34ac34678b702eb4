import { functionsOf, ofType, type Rule, shortName, target } from './template.ts';

/**
 * The default max_connections of Aurora PostgreSQL Serverless v2, by its largest capacity in units:
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
 */
const CONNECTIONS: readonly (readonly [units: number, connections: number])[] = [
  [1, 189],
  [4, 823],
  [8, 1_669],
  [16, 3_360],
  [32, 5_000],
];

/** The limit if the smallest capacity is 0 or 0.5, however large the largest is (same page). */
const CONNECTIONS_AT_LOW_MINIMUM = 2_000;
const LOW_MINIMUM_UNITS = 0.5;

/** Connections kept free for people who investigate, RDS itself and a migration. */
const KEPT_FREE = 20;

/** The smallest maximum concurrency that SQS accepts: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const MIN_MAPPING_CONCURRENCY = 2;

/** Functions with two transactions under way. */
const HAVE_TWO: readonly string[] = ['processor', 'reconcile'];

const usesTheDatabase = (variables: Record<string, unknown> = {}): boolean =>
  Object.keys(variables).some((name) => /^DATABASE_(HOST|URL|SECRET)$/.test(name));

export const functionsFitIntoTheDatabase: Rule = (template) => {
  const users = functionsOf(template).filter(([, { Properties }]) =>
    usesTheDatabase(Properties['Environment']?.Variables),
  );
  const unbounded = users.filter(
    ([id, { Properties }]) =>
      shortName(id) !== 'migrate' && !(Properties['ReservedConcurrentExecutions'] > 0),
  );
  const sum = users.reduce(
    (total, [id, { Properties }]) =>
      total + (Properties['ReservedConcurrentExecutions'] ?? 1) * (HAVE_TWO.includes(shortName(id)) ? 2 : 1),
    0,
  );
  return [
    ...unbounded.map(([id]) => `${id} has no limit on its connections`),
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
  return MinCapacity <= LOW_MINIMUM_UNITS ? Math.min(most, CONNECTIONS_AT_LOW_MINIMUM) : most;
}

/** Messages that the mapping delivers but Lambda throttles come back, and end as dead letters. */
export const theMappingCallsNoMoreThanIsReserved: Rule = (template) =>
  ofType(template, 'AWS::Lambda::EventSourceMapping').flatMap(([id, { Properties }]) => {
    const most = Number(Properties['ScalingConfig']?.MaximumConcurrency);
    const reserved = template.Resources[target(Properties['FunctionName']) ?? '']?.Properties;
    const instances = Number(reserved?.['ReservedConcurrentExecutions']);
    return most >= MIN_MAPPING_CONCURRENCY && most <= instances
      ? []
      : [`${id} calls ${most} at once, ${instances} are reserved`];
  });

/** A new account may run ten functions at once, and none of these can be reserved. */
export const nothingIsReserved: Rule = (template) =>
  functionsOf(template)
    .filter(([, { Properties }]) => 'ReservedConcurrentExecutions' in Properties)
    .map(([id]) => `${id} reserves instances`);

/**
 * A FIFO queue runs one batch of a message group at a time, so more instances than wallet groups never run:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
export const theMappingCallsNoMoreThanThereAreGroups: Rule = (template) =>
  ofType(template, 'AWS::Lambda::EventSourceMapping').flatMap(([id, { Properties }]) => {
    const most = Number(Properties['ScalingConfig']?.MaximumConcurrency);
    const consumer = template.Resources[target(Properties['FunctionName']) ?? '']?.Properties;
    const groups = Number(consumer?.['Environment']?.Variables?.WALLET_GROUPS);
    return most <= Math.max(groups, MIN_MAPPING_CONCURRENCY)
      ? []
      : [`${id} calls ${most} at once, there are ${groups} groups`];
  });

/** An account's usual quota has room for two such stages, and for the executions that stay unreserved. */
const USUAL_QUOTA = 1_000;
const KEPT_UNRESERVED = 100;

export const twoSuchStagesFitIntoAnAccount: Rule = (template) => {
  const reserved = functionsOf(template).reduce(
    (sum, [, { Properties }]) => sum + Number(Properties['ReservedConcurrentExecutions'] ?? 0),
    0,
  );
  return 2 * reserved + KEPT_UNRESERVED <= USUAL_QUOTA ? [] : [`a stage reserves ${reserved} instances`];
};

/** More than two concurrent runs would repeat the same work, each with a connection. */
export const schedulesDoNotPileUp: Rule = (template) =>
  ofType(template, 'AWS::Events::Rule')
    .filter(([, { Properties }]) => 'ScheduleExpression' in Properties)
    .flatMap(([id, { Properties }]) => {
      const runs = template.Resources[target(Properties['Targets'][0].Arn) ?? '']?.Properties;
      const most = runs?.['ReservedConcurrentExecutions'];
      return most >= 1 && most <= 2 ? [] : [`${id} may have ${most} runs at once`];
    });
