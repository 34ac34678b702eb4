import * as z from 'zod';
import { getGroups, getOverview } from '../functions/overview.ts';
import { rebalanceGroups } from '../functions/rebalance.ts';
import type { RunState } from '../lib/groups/runs.ts';
import type { GroupsView } from '../lib/reports/groups.ts';
import type { OverviewView } from '../lib/reports/overview.ts';
import type { MinuteView, PeriodView } from '../lib/reports/settled.ts';
import { reason } from './decline-reason.ts';
import { type Described, get, post } from './described.ts';
import { currency, integer, signedSum, sum, time, uuid } from './field-schemas.ts';

const milliseconds = (what: string) =>
  z
    .number()
    .nullable()
    .meta({ description: `${what}: milliseconds, off by a tenth at most; null if nothing was settled.` });

const counts = {
  Succeeded: integer('Operations that succeeded.'),
  Declined: integer('Operations that were declined.'),
};

const period = z
  .strictObject({
    ...counts,
    PerSecond: z.number().meta({ description: 'Operations a second, on average.' }),
    P50: milliseconds('Within which half of the operations were settled'),
    P95: milliseconds('Within which 95 of 100 operations were settled'),
    Declines: z
      .array(z.strictObject({ Reason: reason, Count: integer('Operations.') }))
      .readonly()
      .meta({ description: 'Reasons that occurred, the most frequent first.' }),
  })
  .meta({ id: 'SettledPeriod' }) satisfies z.ZodType<PeriodView>;

const minute = z
  .strictObject({
    Minute: time('When it began'),
    ...counts,
    P95: milliseconds('Within which 95 of 100 operations were settled'),
  })
  .meta({ id: 'SettledMinute' }) satisfies z.ZodType<MinuteView>;

const overview = z
  .strictObject({
    At: time('When it was read'),
    Hour: period,
    Day: period,
    Minutes: z
      .array(minute)
      .readonly()
      .meta({ description: '60, the oldest first; the last one is running.' }),
    Money: z
      .array(
        z.strictObject({
          Currency: currency,
          InWallets: signedSum('What is in all wallets'),
          InTransit: sum('What left its origin and did not arrive yet'),
        }),
      )
      .readonly()
      .meta({ description: 'By the names of the currencies.' }),
    Pending: z.strictObject({
      OldestSeconds: integer(
        'The age of the oldest pending operation; null if nothing is pending.',
      ).nullable(),
      Count: integer('Pending operations, up to 10,000.'),
      IsCountExact: z.boolean().meta({ description: 'False if there are more.' }),
    }),
    DeadLetters: integer('Messages in the dead-letter queue, about; null if it does not answer.').nullable(),
    Books: z
      .strictObject({
        CheckedAt: time('When'),
        Result: z.enum(['clean', 'faults']),
        Faults: integer('Rows that are off.'),
      })
      .nullable()
      .meta({ description: 'The last check of the books; null before the first.' }),
    Webhooks: z
      .strictObject({
        Failing: integer('Those whose last post failed, and that are enabled.'),
        Disabled: integer('Those that are disabled.'),
      })
      .nullable()
      .meta({ description: 'Null if there is none.' }),
  })
  .meta({
    id: 'Overview',
    description:
      '`Hour` is the running minute and the 59 before it; `Day` begins with the first multiple of ten minutes within the last 24 hours.',
  }) satisfies z.ZodType<OverviewView>;

const load = z.strictObject({
  Group: integer('The number of the group.'),
  OperationsBefore: integer('Its operations, as wallets were.'),
  OperationsAfter: integer('Its operations, as wallets are since.'),
});

/** How a run of the balancer stands. */
const status = z.enum(['running', 'done', 'failed']).meta({
  description:
    '`failed`: with an error, or lost. Wallets that it moved stay where they are, which does no harm.',
});

const run = z
  .strictObject({
    RunId: uuid('The id of the run.'),
    StartedAt: time('When it began'),
    FinishedAt: time('When it ended; null while it runs, or if it was lost').nullable(),
    Trigger: z.enum(['schedule', 'request']),
    Status: status,
    WalletsMoved: integer('Wallets that it moved; null unless it is done.').nullable(),
    Groups: z.array(load).readonly().meta({ description: 'Empty unless it is done.' }),
  })
  .meta({ id: 'BalancerRun' });

const groups = z
  .strictObject({
    Groups: z
      .array(
        z
          .strictObject({
            Group: integer('The number of the group, from 1.'),
            Wallets: integer('Its wallets; null if there are over 10,000 wallets in all.').nullable(),
            Pending: integer('Its pending operations, as far as they were counted.'),
            IsPendingExact: z.boolean().meta({ description: 'False if there are more.' }),
          })
          .meta({ id: 'WalletGroup' }),
      )
      .readonly(),
    Runs: z
      .array(run)
      .readonly()
      .meta({ description: "The balancer's last runs, 20 at most, the newest first." }),
  })
  .meta({ id: 'Groups' }) satisfies z.ZodType<GroupsView>;

const state = z
  .strictObject({
    RunId: uuid('The id of the run.'),
    Status: status,
    WalletsMoved: integer('Wallets that it moved; only if it is done.').exactOptional(),
  })
  .meta({ id: 'BalancerRunState' }) satisfies z.ZodType<RunState>;

/** The number of groups matters to nobody who reads a description. */
const ANY_GROUPS = 1;

/** How the system does. */
export const overviews: readonly Described[] = [
  get(getOverview, {
    operationId: 'getOverview',
    tag: 'Service',
    summary: 'How the system does just now',
    description:
      'Each leg of a transaction is an operation, and its settle time runs from its acceptance to its settling. The expiry of a hold does not count.',
    reply: overview,
  }),
  get(getGroups(ANY_GROUPS), {
    operationId: 'getGroups',
    tag: 'Service',
    summary: 'The groups of wallets, and what the balancer did with them',
    reply: groups,
  }),
  post(rebalanceGroups(ANY_GROUPS), {
    operationId: 'rebalance',
    tag: 'Service',
    summary: 'Run the balancer',
    description:
      'The reply comes once it is done, mostly within seconds. After 30 seconds the gateway answers 503 and the run goes on: ' +
      'the same Idempotency-Key tells how it stands, as `GET /groups` does.',
    reply: state,
    refusals: ['rebalance_in_progress'],
  }),
];
