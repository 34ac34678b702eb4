import type { Sql } from './db.ts';
import type { RequestContext } from './http.ts';
import type { Accepted, Identity } from './operations.ts';
import type { Queue } from './queue.ts';

/** What a function needs that records operations. */
export interface OperationDeps {
  readonly sql: Sql;
  readonly queue: Queue;
}

/** A new transaction's identity. */
export const identityOf = ({ newId, correlationId }: RequestContext): Identity => ({
  transactionId: newId(),
  correlationId,
});

/** What all recorded operations have in common: the reply, and the message that wakes the processor. */
export const operationReply = {
  payload: ({ transactionId }: Accepted) => ({ TransactionId: transactionId }),
  afterCommit: ({ queue }: OperationDeps, { wakeUp }: Accepted) => queue.wake([wakeUp]),
};
