import type { Described } from './described.ts';

/** Where a field of a reply goes: into a path, or into a body. */
interface Target {
  readonly operationId: string;
  readonly parameter?: string;
  readonly field?: string;
}

/** Which requests an id in a reply's payload leads to. */
const LEADS_TO: Readonly<Record<string, readonly Target[]>> = {
  WalletID: ['getWallet', 'listOperations', 'totalOperations', 'downloadOperations'].map((operationId) => ({
    ...{ operationId, parameter: 'walletId' },
  })),
  TransactionId: [
    { operationId: 'getTransaction', parameter: 'transactionId' },
    { operationId: 'refundTransaction', field: 'TransactionId' },
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
  const links = (LEADS_TO[id ?? ''] ?? []).map(({ operationId: next, parameter, field }) => [
    next,
    {
      operationId: next,
      ...(parameter === undefined ? {} : { parameters: { [parameter]: value } }),
      ...(field === undefined ? {} : { requestBody: { [field]: value } }),
    },
  ]);
  return links.length === 0 ? {} : { links: Object.fromEntries(links) as Record<string, object> };
}
