import {
  billOf,
  DEFAULTS,
  EARLIER,
  type Load,
  laterOf,
  type Options,
  type Row,
  sumOf,
} from './cost-model.ts';
import { PRICES } from './prices.ts';
import { webhookBillOf } from './webhook-costs.ts';

const DEV = { instances: 1, backupDays: 1, logDays: 14, hasAlarms: false };
const PROD = { awake: 1, instances: 2, backupDays: 35, logDays: 365, hasAlarms: true };

/** Runs that wake dev's database in a day: four of the relay, one of the balancer, one of the check of the books. */
export const DEV_RUNS_PER_DAY = 6;

/** Minutes that it stays awake then: five until idle sessions are closed, and five more. */
const DEV_AWAKE_MINUTES = 10;

/** With little to do each wake-up has its own call; with much, one call gets a batch, and drains its groups. */
const QUIET = { wakeUpsPerCall: 1, processorMs: 100 };
const BUSY = { wakeUpsPerCall: 3, processorMs: 120 };
const FULL = { wakeUpsPerCall: 10, processorMs: 200 };

/** Capacity units are estimates. Prod's idle ones are above its `minCapacity`: Performance Insights and the export of logs keep them up. */
export const LOADS: readonly Load[] = [
  {
    ...{ ...DEV, ...QUIET, name: 'dev, idle', operationsPerSecond: 0, units: [0.5, 1] },
    awake: (DEV_RUNS_PER_DAY * DEV_AWAKE_MINUTES) / (24 * 60),
  },
  { ...DEV, ...QUIET, name: 'dev, 10/s', operationsPerSecond: 10, units: [1.5, 1.5], awake: 1 },
  { ...PROD, ...QUIET, name: 'prod, idle', operationsPerSecond: 0, units: [1, 2] },
  { ...PROD, ...QUIET, name: 'prod, 10/s', operationsPerSecond: 10, units: [1.5, 2] },
  { ...PROD, ...BUSY, name: 'prod, 100/s', operationsPerSecond: 100, units: [4, 4] },
  { ...PROD, ...FULL, name: 'prod, 1,000/s', operationsPerSecond: 1_000, units: [16, 16] },
];

const BUSIEST = LOADS.at(-1) as Load;

/** What made the busiest column cheaper, and the options that it took. */
const DONE: readonly (readonly [what: string, change: Partial<Options>])[] = [
  ['X-Ray only with `tracing=true`', { tracing: false }],
  ['events only where somebody listens (`events`)', { events: false }],
  ['no line of Lambda for each invocation', { lambdaLines: false }],
  ['one line of the function for each request instead of two', { requestLines: false }],
  ['no empty fields of tracing and sampling in a line', { emptyFields: false }],
  ['the access log in the class Infrequent Access', { infrequentAccessLog: true }],
  ['metrics of routes only with `routeMetrics=true`', { routeMetrics: false }],
];

/** What could make it cheaper. */
const TO_DO: readonly (readonly [what: string, change: Partial<Options>, load?: Partial<Load>])[] = [
  ['I/O-Optimized storage', { optimizedStorage: true }],
  ['`POST /batch` with 500 operations', { perRequest: 500 }],
  [
    'ten operations as one linked transaction (`POST /batch` with `Atomic`)',
    { perRequest: 10, linked: true },
  ],
  ['`logLevel=WARN`, which drops the audit lines too', { infoLines: false }],
  ['no `standby`', {}, { instances: 1 }],
  ['three endpoints (`egress=endpoints`)', { endpoints: 3 }],
];

const total = (options: Options, load: Partial<Load> = {}): number =>
  sumOf(billOf({ ...BUSIEST, ...load }, options))[1];

/** What docs/deploy.md says about costs, as Markdown. */
export function costsAsMarkdown(): string {
  const bills = LOADS.map((load) => billOf(load, DEFAULTS));
  const webhooks = LOADS.map((load) => webhookBillOf(load, DEFAULTS));
  const later = LOADS.map((load) => laterOf(load, DEFAULTS));
  const [before, now] = [total(EARLIER), total(DEFAULTS)];
  const headings = ['', ...LOADS.map(({ name }) => name)];
  const percent = Math.floor((1 - now / before) * 100);
  return [
    `US dollars a month by AWS's list prices of ${PRICES.date} in ${PRICES.region}, without free tiers:`,
    '',
    ...table(headings, [...merged(bills), sums(bills), ...merged(later)]),
    '',
    '`webhooks=true` adds this, if the event of every operation goes to one webhook, which takes it at the first attempt:',
    '',
    ...table(headings, [...merged(webhooks), sums(webhooks)]),
    '',
    `With 1,000 operations a second, these defaults cost ${dollars(now)}, ${percent} % less than ${dollars(before)} with the`,
    'earlier ones. What that took, and what more could be done, in the same dollars:',
    '',
    ...table(
      ['by default', 'saves'],
      DONE.map(([what, change]) => [what, dollars(before - total({ ...EARLIER, ...change }))]),
    ),
    '',
    ...table(
      ['in addition', 'saves'],
      TO_DO.map(([what, change, load]) => [what, dollars(now - total({ ...DEFAULTS, ...change }, load))]),
    ),
  ].join('\n');
}

/** Rows of several bills side by side. */
function merged(bills: readonly (readonly Row[])[]): string[][] {
  const [first = []] = bills;
  return first.map(({ name }, index) => [
    name,
    ...bills.map((bill) => dollarsOf(bill[index]?.dollars ?? [0, 0])),
  ]);
}

const sums = (bills: readonly (readonly Row[])[]): string[] => [
  '**sum**',
  ...bills.map((bill) => `**${dollarsOf(sumOf(bill))}**`),
];

const dollarsOf = ([least, most]: Row['dollars']): string =>
  dollars(least) === dollars(most) ? dollars(most) : `${dollars(least)} to ${dollars(most)}`;

/** Two digits that count, and from a thousand on three: more would be a promise. */
function dollars(amount: number): string {
  const digits = amount >= 1_000 ? 3 : 2;
  const rounded = amount < 10 ? Math.round(amount) : Number(amount.toPrecision(digits));
  return rounded.toLocaleString('en-US');
}

const table = (headings: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [headings, headings.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
