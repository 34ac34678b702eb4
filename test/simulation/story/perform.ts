import { array } from '../../../lib/postgres/database.ts';
import { must } from '../checks/violation.ts';
import type { Lambda } from '../world/lambda.ts';
import type { Gate } from '../world/link.ts';
import { count, type World } from '../world/world.ts';
import { deliver } from './perform-delivery.ts';
import { follow } from './perform-follow.ts';
import { misuseKey, sendAgain, sendNew } from './perform-http.ts';
import { read } from './perform-read.ts';
import { tryOut } from './perform-try.ts';
import { performOfWebhooks } from './perform-webhooks.ts';
import { at } from './random.ts';
import type { Action, Actor } from './script.ts';

/**
 * Performs an actor's action.
 *
 * @param gate where an action that no wire sees waits for its turn
 * @returns what happened, in words
 * @throws Violation if a rule is broken; failures caused by a fault are part of the story
 */
export async function perform(
  world: World,
  lambda: Lambda,
  actor: Actor,
  gate: Gate | undefined,
): Promise<string> {
  const { action, faults } = actor;
  switch (action.do) {
    case 'request':
      return await sendNew(world, lambda, action, faults);
    case 'try':
      return await tryOut(world, lambda, action, faults);
    case 'repeat':
      return await sendAgain(world, lambda, action, faults);
    case 'misuse key':
      return await misuseKey(world, lambda, action.request, faults);
    case 'deliver':
      return await deliver(world, lambda, action);
    case 'read':
      return await read(world, lambda, action.what, action.which);
    case 'follow':
      return await follow(world, lambda, action.list, action.limit);
    case 'relay':
      return await attempt(
        world,
        lambda,
        `relay${action.isScheduled ? '' : ', for all that is pending'}`,
        async () => {
          const report = await (action.isScheduled ? lambda.relay() : lambda.relayAll());
          return `woken ${report.woken}, published ${report.published}, expired ${report.expired}`;
        },
      );
    case 'rebalance':
      return await attempt(world, lambda, `rebalance over ${world.groups} groups`, async () => {
        const report = await lambda.rebalance(world.groups);
        return 'WalletsMoved' in report ? `moved ${report.WalletsMoved}` : 'skipped';
      });
    case 'lock wallets':
    case 'move wallets':
    case 'withdraw currency':
    case 'end holds':
    case 'end leases':
      return await orStruck(world, lambda, action.do, () => actOutside(world, lambda, action));
    case 'fan out':
    case 'post':
    case 'note results':
    case 'relay webhooks':
    case 'pass time':
    case 'change receiver':
    case 'change name':
      return await performOfWebhooks(world, lambda, action);
    case 'change group count':
      world.groups = action.groups;
      return `from now on ${action.groups} groups`;
    case 'lose messages':
      return `${counted(world, 'messages lost', world.queue.lose(action.messages))} messages are lost`;
    case 'send foreign message':
      world.queue.sendForeignMessage(action.group);
      return `a message that is no wake-up comes for group ${action.group}`;
    case 'redrive':
      return `${counted(world, 'messages redriven', world.queue.redrive())} messages come back from the dead-letter queue`;
    case 'fail over':
      await gate?.turn(lambda.slot, 'fail over');
      return await failOver(world, gate, lambda.slot);
  }
}

function counted(world: World, what: string, times: number): number {
  count(world, what, times);
  return times;
}

/** Runs a function that may throw if a fault struck: on Lambda it would have ended with an error. */
async function attempt(
  world: World,
  lambda: Lambda,
  what: string,
  work: () => Promise<string>,
): Promise<string> {
  count(world, what.split(/[ ,]/)[0] ?? what);
  return await orStruck(world, lambda, what, async () => `${what}: ${await lambda.untilDeath(work())}`);
}

async function orStruck(
  world: World,
  lambda: Lambda,
  what: string,
  work: () => Promise<string>,
): Promise<string> {
  try {
    return await work();
  } catch (error) {
    const isStruck = lambda.struck().length > 0 || world.step.struck.has(lambda.slot);
    must(isStruck, 'a function fails only by a fault', () => `${what}: ${String(error)}`);
    return `${what}: failed (${String(error)})`;
  }
}

/** A hold whose time ends is one of this many latest: earlier ones were mostly captured or released. */
const RECENT_HOLDS = 20;

type OutsideAction = Extract<
  Action,
  { do: 'lock wallets' | 'move wallets' | 'withdraw currency' | 'end holds' | 'end leases' }
>;

/** Changes the database from outside the functions, in statements that take turns with the other actors' statements. */
async function actOutside(world: World, { sql }: Lambda, action: OutsideAction): Promise<string> {
  const walletIds = [...world.journal.wallets.keys()];
  switch (action.do) {
    case 'lock wallets': {
      const ids = [...new Set(action.wallets.map((reference) => at(walletIds, reference)))];
      await sql.begin(async (tx) => {
        // One by one, as everybody has to, by id: who locks them in another order meets this on the way.
        for (const id of ids.toSorted((one, other) => (one < other ? -1 : 1)))
          await tx`SELECT FROM wallets WHERE id = ${id} FOR NO KEY UPDATE`;
      });
      return `someone locks wallets ${ids.join(', ')} for a while`;
    }
    case 'move wallets': {
      const ids = action.wallets.map((reference) => at(walletIds, reference));
      await sql`UPDATE wallets SET wallet_group = ${action.group} WHERE id = ANY (${array(ids)}::bigint[])`;
      return `wallets ${ids.join(', ')} move to group ${action.group}`;
    }
    case 'withdraw currency': {
      const { name } = at(world.known.setting.currencies, action.currency);
      if (name === 'USD') return 'USD stays';
      world.step.currencies.withdrawn.add(name);
      await sql`UPDATE currencies SET withdrawn_at = now() WHERE name = ${name} AND withdrawn_at IS NULL`;
      return `${name} is withdrawn`;
    }
    case 'end holds': {
      const { holdIds } = world.known;
      if (holdIds.length === 0) return 'no hold ends';
      const ending = [...world.journal.pending.values()].filter(
        ({ leg }) => leg === 'capture' || leg === 'part_capture' || leg === 'release',
      );
      const known = holdIds.slice(-RECENT_HOLDS);
      // Every other time one that is about to be captured or released: that must still be honoured.
      const isAwaited = action.hold % 2 === 0 && ending.length > 0;
      const id = at(isAwaited ? ending.flatMap(({ holdId }) => holdId ?? []) : known, action.hold);
      await sql`UPDATE holds SET expires_at = now() - interval '1 second' WHERE id = ${id}::uuid`;
      return `the time of hold ${id} is over`;
    }
    case 'end leases':
      await sql`UPDATE leases SET expires_at = now() - interval '1 second'`;
      return 'the time of every lease is over';
  }
}

/** Ends every backend, as a failover does. */
async function failOver(world: World, gate: Gate | undefined, slot: number): Promise<string> {
  for (const lambda of world.lambdas) world.step.struck.add(lambda.slot);
  const backends = await world.sql<{ pid: number }[]>`
    SELECT pid, pg_terminate_backend(pid, 1000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()`;
  const pids = new Set(backends.map(({ pid }) => pid));
  await Promise.all(world.lambdas.map(({ wire }) => wire.ended(pids)));
  gate?.answered(slot);
  return 'the database fails over: every connection ends';
}
