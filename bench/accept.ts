import { MAX_ENTRIES } from '../lib/accept/batch.ts';
import { startQueue } from '../localstack/embedded/fauxqs.ts';
import { freePort } from '../localstack/ports.ts';
import { TEST_CLIENT_VARIABLES } from '../test/support/aws.ts';
import type { Done, Request, Task } from './accept-process.ts';
import { makeWallets } from './backlog.ts';
import {
  type Measurement,
  summarize as ofSamples,
  type Sampled,
  summarizeRatio,
  type Target,
} from './measurement.ts';
import { openBench, SERVER, startBenchPostgres } from './postgres.ts';
import { type BenchProcess, startProcess } from './processes.ts';

export const name = 'accept';

const WALLETS = 100_000;
const AT_ONCE = [1, 8, 32];

/** Rounds, each of which measures every side in turn, so that other load on the machine affects all sides alike. */
const ROUNDS = 3;

/** Requests of a round: about a second each. */
const REQUESTS: Record<Request, number> = { bare: 3_200, single: 3_200, keyed: 1_600, batch: 96 };
const SENDING_REQUESTS = 400;

interface Side {
  readonly request: Request;
  readonly atOnce: number;
  readonly isSending: boolean;
  readonly rounds: Done[];
}

/** Measures requests accepted by the real handlers (middy, zod and JSON included) against the bare INSERT of one row. */
export async function run(log: (line: string) => void): Promise<Measurement[]> {
  const server = await startBenchPostgres();
  const queue = await startQueue({ port: await freePort() });
  const process = startProcess<Task, Done>('accept-process.ts', environment(queue.endpoint));
  try {
    const url = await server.makeDatabase('accept');
    const sql = openBench(url);
    await makeWallets(sql, WALLETS);
    await sql.end();
    const sides = AT_ONCE.flatMap(sidesAt);
    for (let round = 1; round <= ROUNDS; round++) {
      log(`round ${round} of ${ROUNDS}`);
      for (const side of sides) side.rounds.push(await performSide(process, side, url, queue.queueUrl));
    }
    return AT_ONCE.flatMap((atOnce) =>
      summarize(
        atOnce,
        sides.filter((side) => side.atOnce === atOnce),
      ),
    );
  } finally {
    await process.stop();
    await queue.stop();
    await server.stop();
  }
}

function sidesAt(atOnce: number): Side[] {
  const requests: Request[] = ['bare', 'single', 'keyed', 'batch'];
  const sides = requests.map((request): Side => ({ request, atOnce, isSending: false, rounds: [] }));
  return [...sides, { request: 'single', atOnce, isSending: true, rounds: [] }];
}

async function performSide(
  process: BenchProcess<Task, Done>,
  { request, atOnce, isSending }: Side,
  url: string,
  queueUrl: string,
): Promise<Done> {
  const requests = isSending ? SENDING_REQUESTS : REQUESTS[request];
  return await process.perform({
    request,
    url,
    atOnce,
    requests: Math.max(requests, atOnce),
    wallets: WALLETS,
    queueUrl: isSending ? queueUrl : null,
  });
}

/** Environment variables by which the SDK finds the emulator. */
export const environment = (endpoint: string): Record<string, string> => ({
  ...TEST_CLIENT_VARIABLES,
  AWS_ENDPOINT_URL_SQS: endpoint,
});

const DESCRIPTIONS: Record<Request, string> = {
  bare: 'bare INSERT of one row by the same driver',
  single: 'POST /receive_amount',
  keyed: 'POST /receive_amount with an Idempotency-Key',
  batch: `POST /batch of ${MAX_ENTRIES} receipts`,
};

/** For eight concurrent requests; for batches also for a single caller. */
const TARGETS: Readonly<Record<string, Target>> = {
  'accept single ÷ bare INSERT, 8 at once': { atLeast: 0.7 },
  'accept batch ÷ single, per operation, 1 at once': { atLeast: 10 },
  'accept batch ÷ single, per operation, 8 at once': { atLeast: 10 },
};

function summarize(atOnce: number, sides: readonly Side[]): Measurement[] {
  const where =
    `${atOnce} at once on as many connections of one process, ${WALLETS} wallets, nothing logged, ${SERVER}; ` +
    `median of ${ROUNDS} rounds in turn`;
  const measured = sides.flatMap(({ request, isSending, rounds }): Measurement[] => {
    const sending = isSending ? 'one message each sent to the emulator' : 'sending left out';
    const conditions = `${DESCRIPTIONS[request]}, ${request === 'bare' ? '' : `${sending}, `}${where}`;
    const name = `accept ${request}${isSending ? ' with sending' : ''}, ${atOnce} at once`;
    return [
      {
        name,
        unit: 'operations/s',
        conditions,
        ...ofSamples(rounds.map((done) => operationRate(request, done))),
      },
      {
        name: `${name}, median`,
        unit: 'ms',
        conditions,
        ...ofSamples(rounds.map(({ medianMs }) => medianMs)),
      },
      {
        name: `${name}, 95th percentile`,
        unit: 'ms',
        conditions,
        ...ofSamples(rounds.map(({ slowMs }) => slowMs)),
      },
    ];
  });
  const ratesOf = (wanted: Request): number[] => {
    const rounds = sides.find(({ request, isSending }) => request === wanted && !isSending)?.rounds ?? [];
    return rounds.map((done) => operationRate(wanted, done));
  };
  const ratio = (what: string, sampled: Sampled): Measurement => {
    const name = `${what}, ${atOnce} at once`;
    const target = TARGETS[name];
    return {
      name,
      ...sampled,
      unit: '×',
      conditions: `sending left out, ${where}`,
      ...(target && { target }),
    };
  };
  return [
    ...measured,
    ratio('accept single ÷ bare INSERT', summarizeRatio(ratesOf('single'), ratesOf('bare'))),
    ratio('accept batch ÷ single, per operation', summarizeRatio(ratesOf('batch'), ratesOf('single'))),
  ];
}

const operationRate = (request: Request, { perSecond }: Done): number =>
  perSecond * (request === 'batch' ? MAX_ENTRIES : 1);
