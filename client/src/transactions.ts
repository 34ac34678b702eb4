import type {
  AcceptedTransaction,
  Api,
  AtomicBatch,
  Batch,
  BatchResults,
  Story,
  Transaction,
} from '../generated/api.ts';
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
  | 'POST /transaction'
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

  /**
   * Moves money in up to 100 transfers, between any wallets and in any currencies: all of them succeed, or none. They are settled in
   * their order, so one may move what another brought.
   */
  link: moveOf(transport, 'POST /transaction'),

  /** Accepts or refuses up to 500 receipts and transfers, each by itself, in order. */
  batch: async (Operations: Batch['Operations'], options?: PostOptions): Promise<BatchResults['Results']> => {
    const reply = await send(transport, { name: 'POST /batch', body: { Operations } }, options);
    // Only a batch that is atomic is answered otherwise.
    return (reply as BatchResults).Results;
  },

  /** Records up to 100 receipts and transfers as one linked transaction: all succeed, or none. */
  atomicBatch: async (
    body: Omit<AtomicBatch, 'Atomic' | 'DryRun'>,
    options?: PostOptions,
  ): Promise<Pick<AcceptedTransaction, 'TransactionId'>> =>
    (await send(
      transport,
      { name: 'POST /batch', body: { ...body, Atomic: true } },
      options,
    )) as AcceptedTransaction,

  ...readsOf(transport),

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

const readsOf = (transport: Transport) => ({
  /** A transaction with its operations. */
  get: async (transactionId: string, options?: RequestOptions): Promise<Transaction> =>
    await send(transport, { name: 'GET /transaction/{transactionId}', path: { transactionId } }, options),

  /** All that is known of a transaction: rates, rounding, balances, double entry, refunds, hold and deliveries. */
  story: async (transactionId: string, options?: RequestOptions): Promise<Story> =>
    await send(
      transport,
      { name: 'GET /transaction/{transactionId}/story', path: { transactionId } },
      options,
    ),
});
