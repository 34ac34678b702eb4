import type { Alert, Api } from '../generated/api.ts';
import { type PostOptions, send, type Transport } from './transport.ts';
import type { RequestOptions } from './tries.ts';

export const alertsOf = (transport: Transport) => ({
  /** Adds an alert: the event `BalanceCrossed` tells each crossing of its edge. */
  addAlert: async (
    walletId: bigint,
    body: Api['POST /wallet/{walletId}/alerts']['body'],
    options?: PostOptions,
  ): Promise<Alert> =>
    await send(transport, { name: 'POST /wallet/{walletId}/alerts', path: { walletId }, body }, options),

  removeAlert: async (walletId: bigint, AlertId: string, options?: PostOptions): Promise<Alert> =>
    await send(
      transport,
      { name: 'POST /wallet/{walletId}/alerts/remove', path: { walletId }, body: { AlertId } },
      options,
    ),

  /** A wallet's alerts, the oldest first. */
  alerts: async (walletId: bigint, options?: RequestOptions): Promise<readonly Alert[]> =>
    (await send(transport, { name: 'GET /wallet/{walletId}/alerts', path: { walletId } }, options)).Alerts,
});
