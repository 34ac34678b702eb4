import type { Described } from './described.ts';

/** Where an id of a reply goes: into a path, or into a body, which the payload is as it came. */
interface Target {
  readonly operationId: string;
  readonly parameter?: string;
}

/** Which requests an id in a reply's payload leads to. */
const LEADS_TO: Readonly<Record<string, readonly Target[]>> = {
  WalletID: ['getWallet', 'listOperations', 'totalOperations', 'downloadOperations'].map((operationId) => ({
    ...{ operationId, parameter: 'walletId' },
  })),
  TransactionId: [
    { operationId: 'getTransaction', parameter: 'transactionId' },
    { operationId: 'refundTransaction' },
  ],
  HoldId: ['getHold', 'captureHold', 'releaseHold'].map((operationId) => ({
    ...{ operationId, parameter: 'holdId' },
  })),
};

/** The id that the reply of a POST has. */
const ID_OF: Readonly<Record<string, keyof typeof LEADS_TO>> = {
  createWallet: 'WalletID',
  receiveAmount: 'TransactionId',
  transferAmount: 'TransactionId',
  captureHold: 'TransactionId',
  holdAmount: 'HoldId',
};

/** The requests that may follow a route's, with what its reply gives them. */
export function linksOf({ operationId }: Described) {
  const id = ID_OF[operationId];
  const value = `$response.body#/payload/${id}`;
  const links = (LEADS_TO[id ?? ''] ?? []).map(({ operationId: next, parameter }) => [
    next,
    {
      operationId: next,
      // An expression, since one within an object is a literal, and some readers refuse a body that is no text.
      ...(parameter === undefined
        ? { requestBody: '$response.body#/payload' }
        : { parameters: { [parameter]: value } }),
    },
  ]);
  return links.length === 0 ? {} : { links: Object.fromEntries(links) as Record<string, object> };
}
