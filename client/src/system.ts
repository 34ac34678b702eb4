import type { Api } from '../generated/api.ts';
import { type PostOptions, send, type Transport } from './transport.ts';
import type { RequestOptions } from './tries.ts';

export const systemOf = (transport: Transport) => ({
  /** How the system does just now. */
  overview: async (options?: RequestOptions): Promise<Api['GET /overview']['reply']> =>
    await send(transport, { name: 'GET /overview' }, options),

  /** The groups of wallets, and the balancer's last runs. */
  groups: async (options?: RequestOptions): Promise<Api['GET /groups']['reply']> =>
    await send(transport, { name: 'GET /groups' }, options),

  /** Runs the balancer, and waits for it. */
  rebalance: async (options?: PostOptions): Promise<Api['POST /rebalance']['reply']> =>
    await send(transport, { name: 'POST /rebalance', body: {} }, options),
});
