import type { Asked } from './client.ts';

export const RECEIPT = { WalletId: 1, Amount: 200_000_000, Currency: 'USD' };
export const TRANSFER = { OriginWalletId: 1, TargetWalletId: 2, Amount: 1_000_000, Currency: 'EUR' };
export const REQUESTS = { receiveAmount: RECEIPT, transferAmount: TRANSFER };
export type Request = keyof typeof REQUESTS;

/** The requests that move money, and each of their fields. */
export const EACH_REQUEST = ['receiveAmount', 'transferAmount'] as const;
export const EACH_FIELD = EACH_REQUEST.flatMap((request) =>
  Object.keys(REQUESTS[request]).map((field) => [request, field] as const),
);
export const EACH_ID = EACH_FIELD.filter(([, field]) => field.endsWith('Id'));

/** Each row with each value at its end. */
export const crossed = <A extends readonly unknown[], B>(rows: readonly A[], values: readonly B[]) =>
  rows.flatMap((row) => values.map((value) => [...row, value] as [...A, B]));

/** The request with one field as this JSON. */
export const withJson = (request: Request, field: string, json: string): Asked => ({
  text: JSON.stringify({ ...REQUESTS[request], [field]: '?' }).replace('"?"', json),
});
