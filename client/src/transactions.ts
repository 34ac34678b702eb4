import type { Api, Transaction } from '../generated/api.ts';
import { type Pages, pagesOf } from './pages.ts';
import { type PostOptions, send, type Transport } from './transport.ts';
import type { RequestOptions } from './tries.ts';
import { type Accepted, type MoveOptions, sendMove, type Waited, waitFor } from './wait.ts';

/** A POST that moves money: with `wait`, its reply is what became of it. */
export interface Move<Body, Reply> {
  (body: Body, options: MoveOptions & { readonly wait: number }): Promise<Waited<Reply>>;
  (body: Body, options?: MoveOptions): Promise<Accepted<Reply>>;
}

type Search = Api['GET /transactions'];

type Moving =
  | 'POST /receive_amount'
  | 'POST /transfer_amount'
  | 'POST /send_amount'
  | 'POST /refund'
  | 'POST /hold';

export const moveOf = <Name extends Moving>(transport: Transport, name: Name) =>
  (async (body: Api[Name]['body'], options?: MoveOptions) =>
    await sendMove(transport, { name, body }, options)) as Move<Api[Name]['body'], Api[Name]['reply']>;

export const transactionsOf = (transport: Transport) => ({
  /** Brings money from outside into a wallet. */
  receive: moveOf(transport, 'POST /receive_amount'),

  /** Moves money from one wallet to another. */
  transfer: moveOf(transport, 'POST /transfer_amount'),

  /** Gives back a transaction that succeeded, or a part of it. */
  refund: moveOf(transport, 'POST /refund'),

  /** Accepts or refuses up to 500 receipts and transfers, each by itself, in order. */
  batch: async (
    Operations: Api['POST /batch']['body']['Operations'],
    options?: PostOptions,
  ): Promise<Api['POST /batch']['reply']['Results']> =>
    (await send(transport, { name: 'POST /batch', body: { Operations } }, options)).Results,

  /** A transaction with its operations. */
  get: async (transactionId: string, options?: RequestOptions): Promise<Transaction> =>
    await send(transport, { name: 'GET /transaction/{transactionId}', path: { transactionId } }, options),

  /**
   * Finds transactions by a wallet and what else they have to be. Pages may be shorter than their limit, even empty; the list goes on to
   * its end.
   */
  find: (query: Search['query'], options?: RequestOptions): Pages<Transaction, Search['reply']> =>
    pagesOf({
      read: async (after) =>
        await send(
          transport,
          { name: 'GET /transactions', query: after === undefined ? query : { ...query, after } },
          options,
        ),
      itemsOf: ({ Transactions }) => Transactions,
      nextOf: ({ More, Next }) => (More ? Next : undefined),
    }),

  /**
   * Looks at a transaction (or at a hold, by its id) with growing pauses until it has ended; a decline is no error.
   *
   * @throws TimeoutError after `timeoutMs`, 120,000 if missing; the transaction goes on
   */
  waitFor: async (transactionId: string, options?: RequestOptions): Promise<Transaction> =>
    await waitFor(transport, transactionId, options),
});
