import type { Context } from 'aws-lambda';
import { database } from '../lib/aws/database.ts';
import { type BalancerDeps, rebalance } from '../lib/groups/balancer.ts';
import type { BalancerReport } from '../lib/groups/runs.ts';
import { publish } from '../lib/messaging/event-bus.ts';
import { onceAwake } from '../lib/postgres/awake.ts';
import type { Config } from '../lib/runtime/config.ts';
import { entry, setting } from '../lib/runtime/entry.ts';
import { logger } from '../lib/runtime/log.ts';
import { countUnit, metrics } from '../lib/runtime/metrics.ts';
import { newId } from '../lib/runtime/new-id.ts';
import { observed } from '../lib/runtime/observed.ts';

/** What a run answers: what it did, or that another run was under way. */
export type BalancerReply = BalancerReport | { readonly Skipped: 'another run is under way' };

/** Makes the function that spreads busy wallets evenly over the groups. */
export const createBalancer =
  (deps: BalancerDeps, groups: number) =>
  async (_event: unknown, context: Pick<Context, 'awsRequestId'>): Promise<BalancerReply> => {
    const report = await rebalance(deps, { groups, id: newId(), correlationId: context.awsRequestId });
    if (report === undefined) {
      logger.info('another run is under way');
      return { Skipped: 'another run is under way' };
    }
    metrics.addMetric('WalletsMoved', countUnit, report.WalletsMoved);
    addLoads(report);
    logger.info('rebalanced', { walletsMoved: report.WalletsMoved });
    return report;
  };

/** Groups with a metric of their own: AWS charges for each metric, and a graph of more shows nothing. */
const MAX_GROUP_METRICS = 16;

/** The load of each group before and after: all under one name, where the maximum is the busiest, and the first by number. */
function addLoads({ Groups }: BalancerReport): void {
  for (const { Group, OperationsBefore, OperationsAfter } of Groups) {
    metrics.addMetric('GroupLoadBefore', countUnit, OperationsBefore);
    metrics.addMetric('GroupLoadAfter', countUnit, OperationsAfter);
    if (Group > MAX_GROUP_METRICS) continue;
    const single = metrics.singleMetric();
    single.addDimension('group', Group.toString());
    single.addMetric('GroupLoadAfter', countUnit, OperationsAfter);
  }
}

export const handler = entry(
  database,
  publish,
  setting('WALLET_GROUPS'),
)(
  observed(
    'balancer',
    onceAwake(({ WALLET_GROUPS, ...deps }: BalancerDeps & Config<'WALLET_GROUPS'>) =>
      createBalancer(deps, WALLET_GROUPS),
    ),
  ),
);
