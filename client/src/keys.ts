import type { Api, ApiKey, ApiKeyWithSecret, OwnKey } from '../generated/api.ts';
import { type PostOptions, send, type Transport } from './transport.ts';
import type { RequestOptions } from './tries.ts';

export const keysOf = (transport: Transport) => ({
  /** What the client's own key is good for; its `KeyId` is null on a system that requires none. */
  own: async (options?: RequestOptions): Promise<OwnKey> =>
    await send(transport, { name: 'GET /key' }, options),

  /** The keys that are good, then the others, without the keys themselves: the first 1,000. */
  list: async (options?: RequestOptions): Promise<readonly ApiKey[]> =>
    (await send(transport, { name: 'GET /keys' }, options)).Keys,

  /**
   * Makes a key. `Key` is told this once, and missing where the reply to a first try was lost: revoke the key then, and make
   * another.
   */
  create: async (body: Api['POST /keys']['body'], options?: PostOptions): Promise<ApiKeyWithSecret> =>
    await send(transport, { name: 'POST /keys', body }, options),

  /** Sets how many requests a second a key may make; null for no limit. */
  limit: async (keyId: string, RequestsPerSecond: number | null, options?: PostOptions): Promise<ApiKey> =>
    await send(
      transport,
      { name: 'POST /key/{keyId}/limit', path: { keyId }, body: { RequestsPerSecond } },
      options,
    ),

  /** Revokes a key for good. */
  revoke: async (keyId: string, options?: PostOptions): Promise<ApiKey> =>
    await send(transport, { name: 'POST /key/{keyId}/revoke', path: { keyId }, body: {} }, options),
});
