import * as z from 'zod';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { type BalancerDeps, type BalancerRun, beginRun, carryOut } from '../lib/groups/balancer.ts';
import { type RunState, readRun } from '../lib/groups/runs.ts';
import { command } from '../lib/http/route.ts';
import { publish } from '../lib/messaging/event-bus.ts';
import type { Tx } from '../lib/postgres/database.ts';
import { entry, setting } from '../lib/runtime/entry.ts';
import { logger } from '../lib/runtime/log.ts';
import { ok, type Result, refused } from '../lib/wire/refusal.ts';

/**
 * Runs the balancer at a request. The reply waits for the run, which takes seconds; the gateway gives up after 30, and the function,
 * whose timeout is the balancer's own, goes on. A repeat with the same Idempotency-Key then tells how the run stands, and so does
 * GET /groups.
 */
export const rebalanceGroups = (groups: number) =>
  command({
    route: 'POST /rebalance',
    scope: 'admin',
    input: z.strictObject({}),
    transact: async (tx: Tx, _body, { newId, correlationId }): Promise<Result<BalancerRun>> => {
      const run = { groups, id: newId(), correlationId };
      return (await beginRun(tx, run.id, 'request')) ? ok(run) : IN_PROGRESS;
    },
    payload: ({ id }): RunState => ({ RunId: id, Status: 'running' }),
    afterCommit: async (deps: BalancerDeps, run) => {
      const { WalletsMoved } = await carryOut(deps, run);
      logger.info('rebalanced', { walletsMoved: WalletsMoved });
    },
    refresh: ({ sql }, { RunId }) => readRun(sql, RunId),
  });

const IN_PROGRESS = refused(
  'rebalance_in_progress',
  'the balancer is running: GET /groups tells when it is done, and another run may begin then',
);

export const handler = entry(
  database,
  publish,
  setting('WALLET_GROUPS'),
  apiKeys,
)((deps) => rebalanceGroups(deps.WALLET_GROUPS)(deps));
