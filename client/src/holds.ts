import type { Api, Hold } from '../generated/api.ts';
import { type Pages, pagesOf } from './pages.ts';
import { moveOf } from './transactions.ts';
import { type PostOptions, send, type Transport } from './transport.ts';
import type { RequestOptions } from './tries.ts';
import { type Accepted, type MoveOptions, sendMove, type Waited } from './wait.ts';

type Capture = Api['POST /hold/{holdId}/capture'];
type List = Api['GET /holds/{walletId}'];
type Release = Api['POST /hold/{holdId}/release'];

interface CaptureHold {
  (
    holdId: string,
    body: Capture['body'],
    options: MoveOptions & { readonly wait: number },
  ): Promise<Waited<Capture['reply']>>;
  (holdId: string, body: Capture['body'], options?: MoveOptions): Promise<Accepted<Capture['reply']>>;
}

interface ReleaseHold {
  (holdId: string, options: MoveOptions & { readonly wait: number }): Promise<Waited<Release['reply']>>;
  (holdId: string, options?: MoveOptions): Promise<Accepted<Release['reply']>>;
}

export const holdsOf = (transport: Transport) => ({
  /** Reserves an amount of a wallet. */
  create: moveOf(transport, 'POST /hold'),

  /** Pays a held amount, or a part of it, to another wallet; the rest is available again, unless `Final` is false. */
  capture: captureOf(transport),

  /** Ends a hold without a payment. */
  release: releaseOf(transport),

  /** Lets a hold expire later, never earlier. */
  extend: async (
    holdId: string,
    body: Api['POST /hold/{holdId}/extend']['body'],
    options?: PostOptions,
  ): Promise<Api['POST /hold/{holdId}/extend']['reply']> =>
    await send(transport, { name: 'POST /hold/{holdId}/extend', path: { holdId }, body }, options),

  /** The holds of a wallet in the order in which they were placed: iterate over them, or over `.pages()`. */
  list: (
    { walletId, ...query }: { readonly walletId: bigint } & List['query'],
    options?: RequestOptions,
  ): Pages<Hold, List['reply']> =>
    pagesOf({
      read: async (after = query.after) =>
        await send(
          transport,
          { name: 'GET /holds/{walletId}', path: { walletId }, query: { ...query, after } },
          options,
        ),
      itemsOf: ({ Holds }) => Holds,
      nextOf: ({ Next }) => Next ?? undefined,
    }),

  /** A hold as it is now. */
  get: async (holdId: string, options?: RequestOptions): Promise<Api['GET /hold/{holdId}']['reply']> =>
    await send(transport, { name: 'GET /hold/{holdId}', path: { holdId } }, options),
});

const captureOf = (transport: Transport) =>
  (async (holdId: string, body: Capture['body'], options?: MoveOptions) =>
    await sendMove(
      transport,
      { name: 'POST /hold/{holdId}/capture', path: { holdId }, body },
      options,
    )) as CaptureHold;

const releaseOf = (transport: Transport) =>
  (async (holdId: string, options?: MoveOptions) =>
    await sendMove(
      transport,
      { name: 'POST /hold/{holdId}/release', path: { holdId } },
      options,
    )) as ReleaseHold;
