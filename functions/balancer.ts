import type { Context } from 'aws-lambda';
import { v7 as uuidv7 } from 'uuid';
import { type BalancerDeps, type BalancerReport, rebalance } from '../lib/groups/balancer.ts';
import { eventBridge } from '../lib/messaging/event-bus.ts';
import { openDatabase } from '../lib/postgres/database.ts';
import { readConfig } from '../lib/runtime/config.ts';
import { logger } from '../lib/runtime/log.ts';
import { countUnit, metrics } from '../lib/runtime/metrics.ts';

/** What a run answers: what it did, or that another run was under way. */
export type BalancerReply = BalancerReport | { readonly Skipped: 'another run is under way' };

/** Makes the function that spreads busy wallets evenly over the groups. */
export const createBalancer =
  (deps: BalancerDeps, groups: number) =>
  async (_event: unknown, context: Pick<Context, 'awsRequestId'>): Promise<BalancerReply> => {
    logger.setCorrelationId(context.awsRequestId);
    const report = await rebalance(deps, { groups, id: uuidv7(), correlationId: context.awsRequestId });
    if (report === undefined) return { Skipped: 'another run is under way' };
    metrics.addMetric('WalletsMoved', countUnit, report.WalletsMoved);
    metrics.publishStoredMetrics();
    publishLoads(report);
    logger.info('rebalanced', { walletsMoved: report.WalletsMoved });
    return report;
  };

/** Groups with a metric of their own: AWS charges for each metric, and a graph of more shows nothing. */
const MAX_GROUP_METRICS = 16;

/** The load of each group before and after: all under one name, where the maximum is the busiest, and the first by number. */
function publishLoads({ Groups }: BalancerReport): void {
  for (const { Group, OperationsBefore, OperationsAfter } of Groups) {
    metrics.addMetric('GroupLoadBefore', countUnit, OperationsBefore);
    metrics.addMetric('GroupLoadAfter', countUnit, OperationsAfter);
    if (Group > MAX_GROUP_METRICS) continue;
    const single = metrics.singleMetric();
    single.addDimension('group', Group.toString());
    single.addMetric('GroupLoadAfter', countUnit, OperationsAfter);
  }
  metrics.publishStoredMetrics();
}

const config = readConfig(['DATABASE_URL', 'EVENT_BUS_NAME', 'WALLET_GROUPS']);

export const handler = createBalancer(
  { sql: openDatabase(config.DATABASE_URL), bus: eventBridge(config.EVENT_BUS_NAME) },
  config.WALLET_GROUPS,
);
