import type { Api } from '../generated/api.ts';
import { moveOf } from './transactions.ts';
import { send, type Transport } from './transport.ts';
import type { RequestOptions } from './tries.ts';
import { type Accepted, type MoveOptions, sendMove, type Waited } from './wait.ts';

type Capture = Api['POST /hold/{holdId}/capture'];
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
  /** Reserves an amount of a wallet, in the wallet's currency. */
  create: moveOf(transport, 'POST /hold'),

  /** Pays a held amount, or a part of it, to another wallet; the rest is available again. */
  capture: captureOf(transport),

  /** Ends a hold without a payment. */
  release: releaseOf(transport),

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
