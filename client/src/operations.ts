import type { Api, Operation } from '../generated/api.ts';
import { openFile, type ReportFile } from './file.ts';
import { type Pages, pagesOf } from './pages.ts';
import { send, type Transport } from './transport.ts';
import type { RequestOptions } from './tries.ts';

type List = Api['GET /operations/{walletId}'];
type File = Api['GET /operations/file/{walletId}'];
type Total = Api['GET /operations/total/{walletId}'];

/** Whose operations. */
interface OfWallet {
  readonly walletId: bigint;
}

export const operationsOf = (transport: Transport) => ({
  /** A wallet's operations: the settled ones in the order of booking, then those that are pending. */
  list: (
    { walletId, ...query }: OfWallet & List['query'],
    options?: RequestOptions,
  ): Pages<Operation, List['reply']> =>
    pagesOf({
      read: async (after) => await readPage(transport, walletId, query, after, options),
      itemsOf: ({ Operations }) => Operations,
      nextOf: ({ Operations, Limit, Next }) => (Operations.length < Limit ? undefined : Next),
    }),

  /** What came in and went out, each operation converted and rounded down by itself. */
  total: async (
    { walletId, ...query }: OfWallet & Total['query'],
    options?: RequestOptions,
  ): Promise<Total['reply']> =>
    await send(transport, { name: 'GET /operations/total/{walletId}', path: { walletId }, query }, options),

  /** A statement as CSV, wherever it lies. */
  file: async (
    { walletId, ...query }: OfWallet & File['query'],
    options?: RequestOptions,
  ): Promise<ReportFile> =>
    await openFile(
      transport,
      { name: 'GET /operations/file/{walletId}', path: { walletId }, query },
      options,
    ),
});

/** The cursor has the period and the place; only the order and the length of a page go on. */
async function readPage(
  transport: Transport,
  walletId: bigint,
  query: List['query'],
  after: string | bigint | undefined,
  options: RequestOptions | undefined,
): Promise<List['reply']> {
  const next = after === undefined ? query : { limit: query.limit, order: query.order, after };
  const name = 'GET /operations/{walletId}';
  return await send(transport, { name, path: { walletId }, query: next }, options);
}
