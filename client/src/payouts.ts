import type { Api } from '../generated/api.ts';
import { moveOf } from './transactions.ts';
import type { Transport } from './transport.ts';
import { type Accepted, type MoveOptions, sendMove, type Waited } from './wait.ts';

type Answer = 'POST /send_amount/{transactionId}/confirm' | 'POST /send_amount/{transactionId}/cancel';

interface AnswerPayout<Reply> {
  (transactionId: string, options: MoveOptions & { readonly wait: number }): Promise<Waited<Reply>>;
  (transactionId: string, options?: MoveOptions): Promise<Accepted<Reply>>;
}

const answerOf = <Name extends Answer>(transport: Transport, name: Name) =>
  (async (transactionId: string, options?: MoveOptions) =>
    await sendMove(transport, { name, path: { transactionId } }, options)) as AnswerPayout<
    Api[Name]['reply']
  >;

export const payoutsOf = (transport: Transport) => ({
  /** Takes money out of a wallet; with `Confirm`, only holds it until it is confirmed or cancelled. */
  send: moveOf(transport, 'POST /send_amount'),

  /** Takes what is held for a payout: it was paid. */
  confirm: answerOf(transport, 'POST /send_amount/{transactionId}/confirm'),

  /** Frees what is held for a payout: it is not going to be paid. */
  cancel: answerOf(transport, 'POST /send_amount/{transactionId}/cancel'),
});
